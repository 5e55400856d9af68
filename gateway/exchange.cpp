#include "gateway/exchange.hpp"

#include "schemas/codec.hpp"

#include <utility>

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
    admitted accepted;
};

exchange::exchange(shard_state& shard, exchange_ports& ports)
    : shard_{shard}, ports_{ports}, check_{shard.limit} {
    enter(phase::idle);
}

exchange::~exchange() {
    leave_wait();
}

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
    began_ = std::chrono::steady_clock::now();
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
    route_ = accepted.to->number;
    shard_.meta.clear();
    schemas::encode(shard_.call, shard_.meta);
    std::size_t used = 0;
    const auto progress = parser.read_body(rest, used);
    if (progress == request_parser::progress::done) {
        call(accepted, shard_.meta, parser.body());
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
    route_ = direct.route;
    if (direct.why) shard_.counts.refused(*direct.why);
    if (direct.metrics) {
        enter(phase::calling);
        ports_.start_scrape();
        return used;
    }
    answer({direct.status, {}, direct.allow, retry_after(direct.status), direct.body});
    return used;
}

void exchange::wait_for_body(const admitted& accepted) {
    upload_ = std::make_unique<upload>(
        upload{std::move(shard_.parser), std::move(shard_.meta), shard_.routes, accepted});
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
        call(whole->accepted, whole->meta, whole->parser.body());
    else fail(refusal_for(progress));
    return used;
}

void exchange::call(const admitted& accepted, std::string_view meta, std::string_view body) {
    enter(phase::calling);
    const auto& to = *accepted.to;
    wait_.reset();
    if (accepted.wait.count() != 0)
        wait_ = std::make_unique<resource_wait>(to, accepted.wait, shard_.now);
    ports_.start_call({to.service, to.write, to.slow, to.time_limit, meta, body});
}

void exchange::reply(const bus::call_reply& reply) {
    shard_.counts.waited(reply.took);
    if (phase_ == phase::waiting) take_read(reply);
    else if (!wait_ || !hold_back(reply)) give(reply);
    work_on_kept();
}

void exchange::show_metrics(std::string_view page) {
    constexpr field_view type{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"};
    answer({200, {&type, 1}, {}, 0, page});
    work_on_kept();
}

void exchange::give(const bus::call_reply& reply) {
    wait_.reset();
    auto& meta = shard_.reply;
    if (reply.error != bus::errc::ok || !meta.decode(reply.meta) || meta.status < 200 ||
        meta.status > 599) {
        const auto error = reply.error == bus::errc::ok ? bus::errc::malformed : reply.error;
        const auto problem = describe(error, reply.outcome);
        shard_.counts.failed(error);
        answer(
            {problem.status, {}, {}, retry_after(problem.status, reply.again_after), problem.body});
    } else {
        answer({meta.status, meta.fields, {}, 0, reply.body});
    }
}

/// False: there is nothing to wait for, or nobody may.
bool exchange::hold_back(const bus::call_reply& reply) {
    auto& meta = shard_.reply;
    if (reply.error != bus::errc::ok || !meta.decode(reply.meta) || meta.status != 201)
        return false;
    wait_->keep(meta.fields, reply.body);
    if (wait_->over()) return end_wait(true), true;
    if (shard_.draining || ended_ || shard_.waiting.size() >= shard_.limit.waits ||
        bind_read(wait_->location(), *shard_.routes, shard_.decoder, shard_.call) == nullptr)
        return false;
    shard_.waiting.push_back(this);
    enter(phase::waiting);
    return true;
}

void exchange::wake(std::string_view service) {
    if (phase_ == phase::waiting && wait_->service == service) read_again();
}

void exchange::read_again() {
    wait_->changed = wait_->reading;
    if (wait_->reading) return;
    const auto* to = bind_read(wait_->location(), *shard_.routes, shard_.decoder, shard_.call);
    if (to == nullptr) return;
    shard_.meta.clear();
    schemas::encode(shard_.call, shard_.meta);
    wait_->reading = true;
    ports_.start_call({to->service, to->write, to->slow, to->time_limit, shard_.meta, {}});
}

/// A read that fails changes nothing: the next may succeed.
void exchange::take_read(const bus::call_reply& reply) {
    wait_->reading = false;
    auto& meta = shard_.reply;
    if (reply.error == bus::errc::ok && meta.decode(reply.meta) && meta.status == 200) {
        wait_->keep(meta.fields, reply.body);
        if (wait_->over()) return end_wait(true);
    }
    if (wait_->changed) read_again();
}

/// Answers with what was read last. `applied`: the wait was as long as the client wanted.
void exchange::end_wait(bool applied) {
    leave_wait();
    const auto done = std::move(wait_);
    std::vector<field_view> fields;
    for (const auto& field : done->fields) fields.push_back({field.name, field.value});
    const auto preference = "wait=" + std::to_string(done->wait.count());
    if (applied) fields.push_back({"preference-applied", preference});
    answer({201, fields, {}, 0, done->body});
}

void exchange::leave_wait() {
    if (phase_ != phase::waiting) return;
    if (wait_->reading) ports_.cancel_call();
    std::erase(shard_.waiting, this);
}

void exchange::answer(const response& one) {
    mode_.close |= shard_.draining || (ended_ && kept_.empty());
    shard_.counts.answered(std::exchange(route_, route_numbers::none), one.status,
                           std::chrono::steady_clock::now() - began_);
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
    shard_.counts.refused(why);
    const auto problem = describe(why);
    answer({problem.status, {}, {}, retry_after(problem.status), problem.body});
}

void exchange::end_of_input() {
    ended_ = true;
    if (phase_ == phase::waiting) { // the answer is as good as it gets
        end_wait(false);
        return work_on_kept();
    }
    enter(phase_ == phase::calling ? phase_ : phase::closed);
}

void exchange::hang_up() {
    if (phase_ == phase::calling || phase_ == phase::waiting) shard_.counts.abandoned();
    if (phase_ == phase::calling) ports_.cancel_call();
    leave_wait();
    enter(phase::closed);
}

void exchange::tick() {
    if (phase_ == phase::waiting) {
        if (shard_.now < wait_->until) return read_again(); // a wake-up may be lost
        end_wait(true);
        return work_on_kept();
    }
    if (shard_.now < deadline_) return;
    switch (phase_) {
    case phase::head:
    case phase::body: return fail(refusal::request_timeout);
    case phase::calling: // the bus watches over calls
        if (ended_) hang_up();
        return;
    case phase::waiting: return;
    case phase::idle:
    case phase::closing:
    case phase::closed: return enter(phase::closed);
    }
}

void exchange::drain() {
    if (phase_ == phase::waiting) end_wait(false);
    // A client that uses its connection steadily may be sending at this moment: it still gets an
    // answer, with `Connection: close`. Closing at once would leave it with none.
    if (phase_ == phase::idle)
        deadline_ = std::min(deadline_, shard_.now + shard_.limit.farewell_time);
}

void exchange::abandon() {
    if (phase_ == phase::waiting) end_wait(false);
    if (phase_ != phase::calling) return enter(phase::closed);
    ports_.cancel_call();
    reply({.error = bus::errc::shutting_down,
           .outcome = bus::outcome::unknown,
           .took = std::chrono::steady_clock::now() - began_});
}

bool exchange::wants_input() const noexcept {
    const bool busy = phase_ == phase::calling || phase_ == phase::waiting;
    return !ended_ && (!busy || kept_.size() < shard_.limit.pipelined_bytes);
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
    case phase::waiting: // see resource_wait
    case phase::closed: break;
    }
}

} // namespace postbus::gateway
