package io.ingest4j.core.limit;

import io.ingest4j.api.RateLimiter;
import io.ingest4j.api.RateLimiter.Guarantee;
import io.ingest4j.testkit.RateLimiterContract;
import java.time.Duration;
import org.junit.jupiter.api.Nested;

/** The contract, run on every limiter. */
class RateLimiterContractsTest {

    abstract static class Limited extends RateLimiterContract {
        private final PacedRateLimiter model;
        private final long permits;
        private final Duration period;

        Limited(long permits, Duration period) {
            this.permits = permits;
            this.period = period;
            this.model = RateLimiters.per(permits, period);
        }

        PacedRateLimiter paced() {
            return model.copy();
        }

        @Override
        protected RateLimiter limiter() {
            return paced();
        }

        @Override
        protected long permits() {
            return permits;
        }

        @Override
        protected Duration period() {
            return period;
        }
    }

    @Nested
    class FivePerSecond extends Limited {
        FivePerSecond() {
            super(5, Duration.ofSeconds(1));
        }
    }

    @Nested
    class OnePerNanosecond extends Limited {
        OnePerNanosecond() {
            super(1, Duration.ofNanos(1));
        }
    }

    @Nested
    class FiveThousandPerSecond extends Limited {
        FiveThousandPerSecond() {
            super(5_000, Duration.ofSeconds(1));
        }
    }

    @Nested
    class AMillionPerDay extends Limited {
        AMillionPerDay() {
            super(1_000_000, Duration.ofDays(1));
        }
    }

    @Nested
    class MorePermitsThanNanoseconds extends Limited {
        MorePermitsThanNanoseconds() {
            super(10_000_000_000L, Duration.ofSeconds(1));
        }
    }

    @Nested
    class ThreePerSevenSecondsAtStart extends Limited {
        ThreePerSevenSecondsAtStart() {
            super(3, Duration.ofSeconds(7));
        }

        @Override
        protected RateLimiter limiter() {
            return paced().guarantee(Guarantee.AT_START);
        }
    }

    @Nested
    class Unpaced extends Limited {
        Unpaced() {
            super(20, Duration.ofSeconds(1));
        }

        @Override
        protected RateLimiter limiter() {
            return paced().catchUp(Duration.ofSeconds(1));
        }
    }

    @Nested
    class Composite extends Limited {
        Composite() {
            super(7, Duration.ofSeconds(2));
        }

        @Override
        protected RateLimiter limiter() {
            return RateLimiters.all(RateLimiters.perSecond(100), paced());
        }
    }

    @Nested
    class Keyed extends Limited {
        Keyed() {
            super(7, Duration.ofSeconds(2));
        }

        @Override
        protected RateLimiter limiter() {
            return RateLimiters.perKey(paced(), 3);
        }
    }

    @Nested
    class Unlimited extends Limited {
        Unlimited() {
            super(Long.MAX_VALUE, Duration.ofSeconds(1));
        }

        @Override
        protected RateLimiter limiter() {
            return RateLimiters.unlimited();
        }
    }

    @Nested
    class Adapted extends Limited {
        Adapted() {
            super(Long.MAX_VALUE, Duration.ofSeconds(1));
        }

        @Override
        protected RateLimiter limiter() {
            return RateLimiters.adapt(cost -> true);
        }
    }
}
