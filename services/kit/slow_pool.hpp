#pragma once

#include "services/kit/call.hpp"
#include "services/kit/reader.hpp"
#include "services/kit/wake.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace postbus::kit {

/// A few threads for what would hold the loop up: slow reads, each thread with its own connection
/// and store, and pure work before writes. How much waits here is bounded by the worker's credits.
/// Used by one thread.
class slow_pool {
public:
    /// `wake` is called whenever a call has come to its end here. Throws what reader throws.
    slow_pool(std::size_t threads, const database_url&, const store_maker&, const kit::wake& wake);
    ~slow_pool(); ///< waits for the calls that are running; drops those that wait
    slow_pool(const slow_pool&) = delete;
    slow_pool& operator=(const slow_pool&) = delete;

    void start(std::unique_ptr<call>);
    /// Those that are done here: answered, or, writes, ready for their batch.
    std::vector<std::unique_ptr<call>> take_finished();
    std::size_t size() const noexcept { return inside_; } ///< started and not yet taken
    std::size_t waiting();                                ///< for one of the threads
    std::size_t threads() const noexcept { return threads_.size(); }

private:
    void work(reader&);

    const wake& wake_;
    std::size_t inside_ = 0;
    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<std::unique_ptr<call>> waiting_;
    std::vector<std::unique_ptr<call>> finished_;
    bool stopping_ = false;
    std::vector<std::unique_ptr<reader>> readers_;
    std::vector<std::thread> threads_;
};

} // namespace postbus::kit
