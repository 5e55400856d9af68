#include "tools/one_call.hpp"

#include "schemas/codec.hpp"

#include <optional>

namespace postbus::tools {
namespace {

class waiter : public bus::call_observer {
public:
    void on_reply(const bus::call_reply& reply) override { answer = answer_of(reply); }

    std::optional<call_answer> answer;
};

} // namespace

call_answer answer_of(const bus::call_reply& reply) {
    call_answer out{reply.error, reply.outcome, {}, std::string{reply.body}};
    if (reply.error != bus::errc::ok) return out;
    if (auto meta = schemas::decode<bus::reply_meta>(reply.meta)) out.meta = *std::move(meta);
    else out.error = bus::errc::malformed;
    return out;
}

call_answer call_and_wait(boost::asio::io_context& io, bus::client& client,
                          const bus::call_request& request) {
    waiter waiting;
    client.start(request, waiting);
    io.restart();
    while (!waiting.answer && io.run_one() != 0) {
    }
    return waiting.answer.value_or(call_answer{.error = bus::errc::shutting_down,
                                               .outcome = bus::outcome::unknown,
                                               .meta = {},
                                               .body = {}});
}

} // namespace postbus::tools
