#pragma once

#include "bus/metric_report.hpp"
#include "services/kit/query.hpp"

#include <cstdint>
#include <string>

namespace postbus::kit {

namespace detail {

struct reader_row {
    std::string consumer;
    std::int64_t seq = 0;
};
BOOST_DESCRIBE_STRUCT(reader_row, (), (consumer, seq))

} // namespace detail

/// What a service's database tells of its events: how far the log is, how far behind it each of its
/// readers is, and what is parked. Asked once a second. Belongs to one thread.
class log_gauges {
public:
    explicit log_gauges(sql&);

    /// Within a transaction that reads. Throws what the engine throws.
    void add_to(bus::metric_report&, std::int64_t now_unix_ms);

private:
    query<std::int64_t()> head_;
    query<detail::reader_row(std::int64_t)> readers_;
    query<std::int64_t()> parked_;
};

} // namespace postbus::kit
