#pragma once

#include "bus/broker_survey.hpp"
#include "bus/log_histogram.hpp"
#include "tools/load_figures.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace postbus::tools {

/// Makes rates of what brokers have counted: of each, what came since it answered last. Pure.
class load_meter {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// `answers` to "broker.metrics". What a broker answers for the first time has no rates yet.
    bus_load read(std::span<const bus::broker_answer> answers);

private:
    /// What has come of one service's calls; of a broker since its start, or since its last answer.
    struct tally {
        std::uint64_t calls = 0;
        std::uint64_t refused = 0;
        std::uint64_t redeliveries = 0;
        std::uint64_t lost = 0;
        std::uint64_t missed = 0;
        bus::log_histogram times; ///< µs
    };
    using tallies = std::map<std::string, tally>;
    struct sample {
        std::uint64_t incarnation = 0;
        time_point at{};
        tallies services;
    };
    struct sum;

    static tally since(const tally& now, const tally& before);
    static tallies between(const tallies& before, const tallies& now);
    static void show(const tally&, service_load&);

    std::map<std::string, sample> last_; // by broker
};

} // namespace postbus::tools
