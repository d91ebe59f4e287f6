package app;

/** All of them in one program. */
public final class AllJobs {

    public static void main(String[] args) {
        S3Jobs.main(args);
        HttpJobs.main(args);
    }
}
