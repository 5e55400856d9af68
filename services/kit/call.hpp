#pragma once

#include "bus/messages.hpp"
#include "bus/worker.hpp"
#include "services/kit/answer.hpp"
#include "services/kit/operation.hpp"

#include <chrono>
#include <memory>

namespace postbus::kit {

/// A request on its way through a worker: plain values in, an answer out.
struct call {
    bus::delivery delivery; ///< its id, deadline and body
    bool alone = false;     ///< shares a batch with nobody: it, or its batch, came to grief before
    bus::call_meta meta;
    const operation* op = nullptr;
    std::unique_ptr<bound_request> request;

    bool tentative = false; ///< should it fail, it runs again by itself and says then why
    bool in_doubt = false;  ///< a commit that it was in was lost on its way, and may have happened
    bool answered = false;  ///< `reply` may leave
    bool ran = false;       ///< its handler did, and `took` so long
    std::chrono::steady_clock::duration took{};
    answer reply;

    void finish(answer a) {
        reply = std::move(a);
        answered = true;
    }
};

} // namespace postbus::kit
