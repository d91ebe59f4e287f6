package io.ingest4j.examples;

import io.ingest4j.examples.settings.SettingsException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What stands on the command line: options with a value, as {@code --name value} or {@code --name=value},
 * and flags. Each at most once.
 */
record Arguments(Map<String, String> options, Set<String> flags) {

    static final String RECORDS = "--records";
    static final String BATCH_SIZE = "--batch-size";
    static final String RATE = "--rate";
    static final String REPORT = "--report";
    static final String STATE = "--state";
    static final String FAILED = "--failed";
    static final String REPLAY = "--replay";
    static final String START_OVER = "--start-over";
    static final String SERVE = "--serve";
    static final String HELP = "--help";

    private static final Set<String> OPTIONS =
            Set.of(RECORDS, BATCH_SIZE, RATE, REPORT, STATE, FAILED, REPLAY);
    private static final Set<String> FLAGS = Set.of(START_OVER, SERVE, HELP);

    /** Reads the arguments of {@link S3ToApi}. */
    static Arguments parse(String... args) throws SettingsException {
        return parse(OPTIONS, FLAGS, args);
    }

    static Arguments parse(Set<String> knownOptions, Set<String> knownFlags, String... args)
            throws SettingsException {
        Map<String, String> options = new HashMap<>();
        Set<String> flags = new HashSet<>();
        for (int i = 0; i < args.length; i++) {
            int equals = args[i].indexOf('=');
            String name = equals < 0 ? args[i] : args[i].substring(0, equals);
            boolean isNew;
            if (knownFlags.contains(name) && equals < 0) {
                isNew = flags.add(name);
            } else if (!knownOptions.contains(name)) {
                throw new SettingsException("unknown argument '" + args[i] + "', see --help");
            } else if (equals >= 0) {
                isNew = options.put(name, args[i].substring(equals + 1)) == null;
            } else if (++i < args.length) {
                isNew = options.put(name, args[i]) == null;
            } else {
                throw new SettingsException(name + " must be followed by a value, see --help");
            }
            if (!isNew) {
                throw new SettingsException(name + " must be given once, was given twice");
            }
        }
        return new Arguments(Map.copyOf(options), Set.copyOf(flags));
    }

    boolean has(String flag) {
        return flags.contains(flag);
    }
}
