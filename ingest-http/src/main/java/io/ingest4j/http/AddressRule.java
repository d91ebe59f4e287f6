package io.ingest4j.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Tells addresses of the public internet from those inside a network or a machine, also where an
 * IPv6 address carries an IPv4 address.
 *
 * <p>After the IANA registries of special-purpose addresses (RFC 6890) and of IPv6 space, where only
 * 2000::/3 is public; carried addresses after RFC 4291 (mapped, compatible), RFC 6052 (NAT64), RFC
 * 3056 (6to4) and RFC 5214 (ISATAP). One address is public by the registries, but leads inside:
 * that at which machines in Azure reach their host.
 */
final class AddressRule {

    private static final class Block {

        private final byte[] start;
        private final int bits;
        private final String kind;

        private Block(byte[] start, int bits, String kind) {
            this.start = start;
            this.bits = bits;
            this.kind = kind;
        }

        static Block of(String start, int bits, String kind) {
            return new Block(bytes(start), bits, kind);
        }

        boolean holds(byte[] address) {
            if (address.length != start.length) {
                return false;
            }
            int whole = bits / 8;
            int mask = (0xff00 >> (bits % 8)) & 0xff;
            return Arrays.equals(address, 0, whole, start, 0, whole)
                    && (mask == 0 || (address[whole] & mask) == (start[whole] & mask));
        }
    }

    private static final List<Block> BLOCKS =
            List.of(
                    Block.of("0.0.0.0", 8, "of this network"),
                    Block.of("10.0.0.0", 8, "private"),
                    Block.of("100.64.0.0", 10, "of a carrier's network"),
                    Block.of("127.0.0.0", 8, "loopback"),
                    Block.of("168.63.129.16", 32, "of Azure's platform"),
                    Block.of("169.254.0.0", 16, "link-local"),
                    Block.of("172.16.0.0", 12, "private"),
                    Block.of("192.0.0.0", 24, "reserved"),
                    Block.of("192.0.2.0", 24, "for documentation"),
                    Block.of("192.88.99.0", 24, "reserved"),
                    Block.of("192.168.0.0", 16, "private"),
                    Block.of("198.18.0.0", 15, "for benchmarks"),
                    Block.of("198.51.100.0", 24, "for documentation"),
                    Block.of("203.0.113.0", 24, "for documentation"),
                    Block.of("224.0.0.0", 4, "multicast"),
                    Block.of("255.255.255.255", 32, "broadcast"),
                    Block.of("240.0.0.0", 4, "reserved"),
                    Block.of("::", 128, "of this network"),
                    Block.of("::1", 128, "loopback"),
                    Block.of("fc00::", 7, "private"),
                    Block.of("fe80::", 10, "link-local"),
                    Block.of("ff00::", 8, "multicast"),
                    Block.of("2001:db8::", 32, "for documentation"),
                    Block.of("2001::", 23, "reserved"),
                    Block.of("3fff::", 20, "for documentation"));

    private static final Block GLOBAL = Block.of("2000::", 3, "public");
    private static final Block COMPATIBLE = Block.of("::", 96, "carries IPv4");
    private static final Block NAT64 = Block.of("64:ff9b::", 96, "carries IPv4");
    private static final Block SIX_TO_FOUR = Block.of("2002::", 16, "carries IPv4");
    private static final int IPV4_BYTES = 4;

    private AddressRule() {}

    /** Returns what kind of address it is if it is not a public one, such as "loopback". */
    static Optional<String> notPublic(InetAddress address) {
        return notPublic(address.getAddress());
    }

    private static Optional<String> notPublic(byte[] address) {
        for (Block block : BLOCKS) {
            if (block.holds(address)) {
                return Optional.of(block.kind);
            }
        }
        return address.length == IPV4_BYTES ? Optional.empty() : carried(address);
    }

    private static Optional<String> carried(byte[] address) {
        if (COMPATIBLE.holds(address) || isMapped(address) || NAT64.holds(address)) {
            return notPublic(Arrays.copyOfRange(address, 12, 16));
        }
        if (SIX_TO_FOUR.holds(address)) {
            return notPublic(Arrays.copyOfRange(address, 2, 6));
        }
        if (!GLOBAL.holds(address)) {
            return Optional.of("reserved");
        }
        return isIsatap(address)
                ? notPublic(Arrays.copyOfRange(address, 12, 16))
                : Optional.empty();
    }

    private static boolean isMapped(byte[] address) {
        return Arrays.equals(address, 0, 10, new byte[10], 0, 10)
                && address[10] == -1
                && address[11] == -1;
    }

    private static boolean isIsatap(byte[] address) {
        return (address[8] & 0xfd) == 0
                && address[9] == 0
                && address[10] == 0x5e
                && address[11] == (byte) 0xfe;
    }

    private static byte[] bytes(String literal) {
        try {
            return InetAddress.getByName(literal).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(literal, e);
        }
    }
}
