#include "bus/broker_survey.hpp"

#include "bus/messages.hpp"
#include "schemas/codec.hpp"

#include <deque>
#include <utility>

namespace postbus::bus {

class broker_survey::impl {
public:
    impl(boost::asio::io_context& io, const client_options& like) {
        for (const auto& where : like.brokers) {
            auto options = like;
            options.brokers = {where};
            asked_.emplace_back(*this, where, io, std::move(options));
        }
    }

    void ask(std::string_view operation, std::chrono::milliseconds limit, handler done) {
        done_ = std::move(done);
        missing_ = asked_.size();
        const auto meta = schemas::encode(call_meta{.operation = std::string{operation}});
        for (auto& one : asked_) {
            one.answer = {.where = one.answer.where};
            one.line.start(
                {.service = broker_service_key, .time_limit = limit, .meta = meta, .body = {}},
                one);
        }
    }

private:
    struct asked final : call_observer {
        asked(impl& its, const endpoint& where, boost::asio::io_context& io, client_options options)
            : owner{its}, answer{.where = where}, line{io, std::move(options)} {}

        void on_reply(const call_reply& reply) override {
            const auto meta = schemas::decode<reply_meta>(reply.meta);
            answer.at = std::chrono::steady_clock::now();
            answer.error = reply.error;
            answer.answered = reply.error == errc::ok && meta && meta->status == 200;
            answer.refused = line.refused();
            if (answer.answered) answer.body = reply.body;
            owner.one_less();
        }

        impl& owner;
        broker_answer answer;
        client line;
    };

    void one_less() {
        if (--missing_ != 0) return;
        std::vector<broker_answer> all;
        for (auto& one : asked_) all.push_back(one.answer);
        std::exchange(done_, {})(std::move(all));
    }

    std::deque<asked> asked_;
    std::size_t missing_ = 0;
    handler done_;
};

broker_survey::broker_survey(boost::asio::io_context& io, const client_options& like)
    : impl_{std::make_unique<impl>(io, like)} {}
broker_survey::~broker_survey() = default;

void broker_survey::ask(std::string_view operation, std::chrono::milliseconds limit, handler done) {
    impl_->ask(operation, limit, std::move(done));
}

} // namespace postbus::bus
