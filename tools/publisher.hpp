#pragma once

#include "bus/client.hpp"
#include "tools/find_operation.hpp"
#include "tools/one_call.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace postbus::tools {

/// Publishes events of one topic and key through the journal, many in flight. They are sent in the
/// order given, and their answers are handed on in it. Belongs to the client's thread.
class publisher {
public:
    using answer_handler = std::function<void(const call_answer&)>;

    /// `operation` is the journal's journal.publish.
    publisher(bus::client&, found_operation operation, const std::string& topic,
              const std::string& key, std::chrono::milliseconds limit, answer_handler);
    publisher(const publisher&) = delete;
    publisher& operator=(const publisher&) = delete;

    void publish(std::string_view json);
    std::size_t in_flight() const noexcept { return sent_.size(); }

private:
    struct sent final : bus::call_observer {
        explicit sent(publisher& its) : owner{its} {}
        void on_reply(const bus::call_reply&) override;

        publisher& owner;
        std::optional<call_answer> answer;
    };
    void hand_on();

    bus::client& client_;
    found_operation operation_;
    std::string meta_;
    std::chrono::milliseconds limit_;
    answer_handler on_answer_;
    std::deque<sent> sent_; // a deque: the client keeps their addresses
};

} // namespace postbus::tools
