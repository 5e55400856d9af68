#pragma once

#include "bus/endpoint.hpp"
#include "services/kit/inbox.hpp"
#include "services/kit/wake.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace postbus::kit {

/// Reads the logs of other services, on a thread of its own: whenever a wake-up says that one has
/// grown past its cursor, and every few seconds in case that one was lost. A page at a time is
/// under way for each source: what became of it decides where to read on.
class fetcher {
public:
    /// `consumers` must outlive it. `wake` is called when there is something to take().
    fetcher(const std::vector<bus::endpoint>& brokers, std::string service,
            std::span<const consumer> consumers, const kit::wake& wake);
    ~fetcher();
    fetcher(const fetcher&) = delete;
    fetcher& operator=(const fetcher&) = delete;

    // For the thread of the turn.
    std::vector<arrival> take();
    /// Go on behind `at`, after a pause. To be called once for each source to begin with, and once
    /// for each arrival.
    void read_on(const consumer&, cursor at, std::chrono::milliseconds pause = {});

    /// The number of the newest event in its log, as far as is known here.
    std::int64_t head_of(const consumer&) const noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace postbus::kit
