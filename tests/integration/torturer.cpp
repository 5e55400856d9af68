#include "tests/integration/torturer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>

namespace postbus::tests {

namespace {

// A strike that fills the disk waits so long until somebody notices.
constexpr milliseconds longest_full{2000};

} // namespace

torturer::torturer(shop& s, postgres_server* server, small_disk& disk, const shoppers& load,
                   process& up, std::uint64_t seed)
    : shop_{s}, server_{server}, disk_{disk}, load_{load}, up_{&up}, random_{seed} {}

void torturer::strike() {
    switch (draw()) {
    case kind::stack: strike_stack(); break;
    case kind::server: strike_server(); break;
    case kind::all: kill_all(); break;
    case kind::disk: fill_disk(); break;
    }
    const std::chrono::duration<double> time = struck_at_ - begun_;
    history_ += std::to_string(time.count()) + " s: " + last_ + ", " +
                std::to_string(load_.accepted()) + " orders\n";
}

torturer::kind torturer::draw() {
    if (deck_.empty()) {
        deck_.assign(20, kind::stack);
        deck_[0] = kind::all;
        if (disk_.mounted()) deck_[1] = kind::disk;
        if (server_ != nullptr) std::fill_n(deck_.begin() + 2, 5, kind::server);
        std::shuffle(deck_.begin(), deck_.end(), random_);
    }
    const auto drawn = deck_.back();
    deck_.pop_back();
    return drawn;
}

void torturer::pause() {
    std::this_thread::sleep_for(milliseconds{100 + below(900)}); // so that there is work to strike
}

int torturer::kills() const {
    int sum = 0;
    for (const auto& [name, count] : killed_) sum += count;
    return sum;
}

std::string torturer::figures() const {
    std::string out;
    for (const auto& [name, count] : killed_) out += name + ": " + std::to_string(count) + ", ";
    for (const auto& [name, count] : others_) out += name + ": " + std::to_string(count) + ", ";
    return out;
}

void torturer::strike_stack() {
    auto victims = descendants(up_->pid());
    const bool frozen = below(4) == 0;
    if (frozen) victims.push_back(up_->pid());
    if (victims.empty()) return;
    const auto victim = victims[below(victims.size())];
    if (frozen) freeze({victim}, program_of(victim));
    else kill(victim, program_of(victim));
}

void torturer::strike_server() {
    const auto which = below(4);
    if (which == 0) return crash_server();
    auto victims = descendants(server_->pid());
    if (victims.empty()) return;
    const auto victim = victims[below(victims.size())];
    if (which == 1) {
        kill(victim, "a process of the database server");
        // It takes all its neighbours with it, and the server recovers as from a crash. How long
        // that takes is the server's.
        server_->wait_for_answers();
        struck_at_ = clock::now();
        return;
    }
    if (which == 2) return freeze({victim}, "a process of the database server");
    victims.push_back(server_->pid());
    freeze(victims, "the database server");
}

void torturer::kill(pid_t victim, const std::string& name) {
    ++killed_[last_ = name + " killed"];
    ::kill(victim, SIGKILL);
    struck_at_ = clock::now();
}

void torturer::kill_all() {
    ++killed_[last_ = "all of it killed"];
    up_->send(SIGSTOP); // so that it starts nothing more meanwhile
    const auto all = descendants(up_->pid());
    up_->kill(); // and with the supervisor all that it started
    REQUIRE(eventually(5000ms, [&] {
        return std::none_of(all.begin(), all.end(), [](pid_t one) { return alive(one); });
    }));
    struck_at_ = clock::now();
    up_ = &shop_.start_up(two_of_each());
}

void torturer::crash_server() {
    ++killed_[last_ = "the database server stopped at once"];
    server_->stop_immediately();
    server_->start();
    struck_at_ = clock::now(); // how long it recovers is the server's
}

void torturer::fill_disk() {
    ++others_[last_ = "the disk filled"];
    const auto before = load_.met_full_disk();
    disk_.fill();
    const bool met = eventually(longest_full, [&] { return load_.met_full_disk() > before; });
    if (met) ++others_["a full disk met by orders"];
    disk_.unfill();
    struck_at_ = clock::now();
    // Without room for its log the server gives up; somebody has to start it again.
    if (server_ == nullptr || server_->running()) return;
    ++others_["the database server gave up on a full disk"];
    server_->start();
    struck_at_ = clock::now();
}

void torturer::freeze(const std::vector<pid_t>& victims, const std::string& name) {
    ++others_[last_ = name + " frozen"];
    for (const auto one : victims) ::kill(one, SIGSTOP);
    std::this_thread::sleep_for(milliseconds{100 + below(2500)}); // the length of the freeze
    for (const auto one : victims) ::kill(one, SIGCONT);
    struck_at_ = clock::now();
}

std::vector<std::string> two_of_each() {
    return {"--scale", "orders=2", "--scale", "catalog=2", "--scale", "payments=2"};
}

} // namespace postbus::tests
