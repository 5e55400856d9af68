#include "tools/broker_watch.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace postbus::tools {

bool knows_all(const bus::registry_snapshot& registry,
               const std::map<std::string, std::uint32_t>& workers) {
    return std::ranges::all_of(workers, [&](const auto& wanted) {
        std::uint32_t known = 0;
        for (const auto& entry : registry.services)
            if (entry.description.name == wanted.first) known += entry.workers;
        return known >= wanted.second;
    });
}

broker_watch::broker_watch(boost::asio::io_context& io, const bus::endpoint& broker,
                           std::map<std::string, std::uint32_t> workers,
                           std::function<void()> on_known)
    : on_known_{std::move(on_known)},
      subscriber_{io,
                  {broker},
                  [this, &io, workers = std::move(workers)](const bus::registry_snapshot& heard) {
                      if (!on_known_ || !knows_all(heard, workers)) return;
                      // Whoever hears it may destroy this watch: not from within its subscriber.
                      boost::asio::post(io, [tell = std::exchange(on_known_, nullptr),
                                             alive = std::weak_ptr{alive_}] {
                          if (!alive.expired()) tell();
                      });
                  }} {}

} // namespace postbus::tools
