#include "gateway/exchange.hpp"

#include "schemas/codec.hpp"

namespace postbus::gateway {

namespace {

constexpr std::size_t kept_capacity = 4 * 1024;    // of an idle connection's buffer
constexpr std::size_t shared_capacity = 64 * 1024; // of the shard's

refusal refusal_for(head_verdict verdict) noexcept {
    switch (verdict) {
    case head_verdict::too_large: return refusal::head_too_large;
    case head_verdict::target_too_long: return refusal::target_too_long;
    case head_verdict::version_unsupported: return refusal::version_not_supported;
    default: return refusal::malformed_request;
    }
}

refusal refusal_for(request_parser::progress progress) noexcept {
    return progress == request_parser::progress::too_large ? refusal::content_too_large
                                                           : refusal::malformed_request;
}

void shrink(std::string& text, std::size_t capacity) {
    if (text.capacity() > capacity) text = {};
}

} // namespace

/// What the shard's shared room holds for a request that comes in one piece.
struct exchange::upload {
    request_parser parser;
    std::string meta;
    std::shared_ptr<const route_table> routes; // keeps the route
    const route* to;
};

exchange::exchange(shard_state& shard, exchange_ports& ports)
    : shard_{shard}, ports_{ports}, check_{shard.limit} {
    enter(phase::idle);
}

exchange::~exchange() = default;

void exchange::receive(std::string_view bytes) {
    if (phase_ >= phase::closing) return;
    if (!kept_.empty()) {
        kept_ += bytes;
        work_on_kept();
    } else {
        kept_.assign(bytes.substr(work(bytes)));
    }
}

void exchange::resume() {
    blocked_ = false;
    enter(phase_); // its time begins when the client has what it was sent
    work_on_kept();
}

void exchange::work_on_kept() {
    kept_.erase(0, work(kept_));
    if (kept_.empty()) shrink(kept_, kept_capacity);
    if (ended_ && phase_ < phase::calling && !blocked_) enter(phase::closed);
}

/// How much of the input was used. The rest is given again with more behind it, or after the reply.
std::size_t exchange::work(std::string_view input) {
    std::size_t used = 0;
    while (phase_ < phase::calling && !blocked_ && used < input.size()) {
        const auto rest = input.substr(used);
        const auto step = upload_ ? go_on(rest) : begin(rest);
        if (step == 0) break;
        used += step;
    }
    return phase_ >= phase::closing ? input.size() : used;
}

std::size_t exchange::begin(std::string_view input) {
    const auto verdict = check_.feed(input);
    if (verdict == head_verdict::incomplete) {
        if (phase_ == phase::idle) enter(phase::head);
        return 0;
    }
    const auto framing = check_.framing();
    check_.reset();
    mode_ = {};
    if (verdict != head_verdict::complete) return fail(refusal_for(verdict)), input.size();
    if (framing.content_length.value_or(0) > shard_.limit.body_bytes)
        return fail(refusal::content_too_large), input.size();

    auto& parser = shard_.parser;
    if (!parser.read_head(input.substr(framing.start, framing.size - framing.start), shard_.limit))
        return fail(refusal::malformed_request), input.size();
    mode_ = {!parser.keep_alive(), !parser.http_1_1(), parser.head().method == "HEAD"};

    const auto rest = input.substr(framing.size);
    const auto decision =
        admit(parser.head(), framing, shard_.services(), shard_.decoder, shard_.call);
    if (const auto* direct = std::get_if<direct_answer>(&decision))
        return framing.size + answer_without_service(*direct, rest);

    const auto& accepted = std::get<admitted>(decision);
    shard_.meta.clear();
    schemas::encode(shard_.call, shard_.meta);
    std::size_t used = 0;
    const auto progress = parser.read_body(rest, used);
    if (progress == request_parser::progress::done) {
        call(*accepted.to, shard_.meta, parser.body());
        parser.release_large_body();
    } else if (progress == request_parser::progress::more) {
        wait_for_body(accepted);
    } else {
        fail(refusal_for(progress));
    }
    return framing.size + used;
}

/// A body that has come whole is skipped and the connection goes on. One that is still to come is
/// not waited for.
std::size_t exchange::answer_without_service(const direct_answer& direct, std::string_view rest) {
    std::size_t used = 0;
    if (shard_.parser.read_body(rest, used) != request_parser::progress::done) mode_.close = true;
    answer({direct.status, {}, direct.allow, direct.status == 503, direct.body});
    return used;
}

void exchange::wait_for_body(const admitted& accepted) {
    upload_ = std::make_unique<upload>(
        upload{std::move(shard_.parser), std::move(shard_.meta), shard_.routes, accepted.to});
    enter(phase::body);
    if (accepted.expects_continue && upload_->parser.http_1_1())
        blocked_ = !ports_.send(continue_response);
}

std::size_t exchange::go_on(std::string_view input) {
    std::size_t used = 0;
    const auto progress = upload_->parser.read_body(input, used);
    if (progress == request_parser::progress::more) {
        enter(phase::body); // it moves: the time for the next piece begins
        return used;
    }
    const auto whole = std::move(upload_);
    if (progress == request_parser::progress::done)
        call(*whole->to, whole->meta, whole->parser.body());
    else fail(refusal_for(progress));
    return used;
}

void exchange::call(const route& to, std::string_view meta, std::string_view body) {
    enter(phase::calling);
    ports_.start_call({to.service, to.write, to.slow, to.time_limit, meta, body});
}

void exchange::reply(const bus::call_reply& reply) {
    auto& meta = shard_.reply;
    if (reply.error != bus::errc::ok || !meta.decode(reply.meta) || meta.status < 200 ||
        meta.status > 599) {
        const auto error = reply.error == bus::errc::ok ? bus::errc::malformed : reply.error;
        const auto problem = describe(error, reply.outcome);
        answer({problem.status, {}, {}, problem.status == 503, problem.body});
    } else {
        answer({meta.status, meta.fields, {}, false, reply.body});
    }
    work_on_kept();
}

void exchange::answer(const response& one) {
    mode_.close |= shard_.draining || (ended_ && kept_.empty());
    auto& out = shard_.out;
    out.clear();
    write_response(one, mode_, shard_.date, out);
    enter(mode_.close ? phase::closing : phase::idle);
    blocked_ = !ports_.send(out);
    shrink(out, shared_capacity);
}

void exchange::fail(refusal why) {
    upload_.reset();
    mode_.close = true;
    const auto problem = describe(why);
    answer({problem.status, {}, {}, problem.status == 503, problem.body});
}

void exchange::end_of_input() {
    ended_ = true;
    enter(phase_ == phase::calling ? phase_ : phase::closed);
}

void exchange::hang_up() {
    if (phase_ == phase::calling) ports_.cancel_call();
    enter(phase::closed);
}

void exchange::tick() {
    if (shard_.now < deadline_) return;
    switch (phase_) {
    case phase::head:
    case phase::body: return fail(refusal::request_timeout);
    case phase::calling: // the bus watches over calls
        if (ended_) hang_up();
        return;
    case phase::idle:
    case phase::closing:
    case phase::closed: return enter(phase::closed);
    }
}

void exchange::drain() {
    if (phase_ == phase::idle) enter(phase::closed);
}

void exchange::abandon() {
    if (phase_ != phase::calling) return enter(phase::closed);
    ports_.cancel_call();
    reply({bus::errc::shutting_down, bus::outcome::unknown, {}, {}});
}

bool exchange::wants_input() const noexcept {
    return !ended_ && (phase_ != phase::calling || kept_.size() < shard_.limit.pipelined_bytes);
}

void exchange::enter(enum phase next) noexcept {
    if (next == phase::closing && ended_) next = phase::closed; // there is nothing to linger for
    phase_ = next;
    const auto& limit = shard_.limit;
    switch (next) {
    case phase::idle: deadline_ = shard_.now + limit.idle_time; break;
    case phase::head: deadline_ = shard_.now + limit.head_time; break;
    case phase::body: deadline_ = shard_.now + limit.body_time; break;
    case phase::closing: deadline_ = shard_.now + limit.linger_time; break;
    case phase::calling: deadline_ = shard_.now + limit.half_closed_time; break;
    case phase::closed: break;
    }
}

} // namespace postbus::gateway
