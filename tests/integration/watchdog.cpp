// Every test case has a hard limit. One that hangs ends the whole program without a summary, which
// counts as a failure, and takes all it started with it.

#include "tests/integration/shop.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

namespace postbus::tests {

namespace {

// POSTBUS_TEST_SECONDS, for tests that were made longer.
milliseconds test_limit() {
    return std::chrono::seconds{number_from("POSTBUS_TEST_SECONDS", 240)};
}

std::atomic<bool> failed{false};

class watchdog {
public:
    watchdog() : thread_{[this] { watch(); }} {}
    ~watchdog() {
        {
            const std::lock_guard lock{mutex_};
            done_ = true;
        }
        changed_.notify_one();
        thread_.join();
    }

    void begin(std::string name) {
        {
            const std::lock_guard lock{mutex_};
            name_ = std::move(name);
            deadline_ = clock::now() + scaled(test_limit());
        }
        changed_.notify_one();
    }
    void end() {
        const std::lock_guard lock{mutex_};
        name_.clear();
        deadline_ = clock::time_point::max();
    }

private:
    void watch() {
        std::unique_lock lock{mutex_};
        while (!done_) {
            if (name_.empty()) changed_.wait(lock);
            else changed_.wait_until(lock, deadline_);
            if (done_ || name_.empty() || clock::now() < deadline_) continue;
            std::fprintf(stderr, "test case took too long: %s\n", name_.c_str());
            for (const auto pid : descendants(getpid())) kill(pid, SIGKILL);
            _exit(124);
        }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::string name_;
    clock::time_point deadline_ = clock::time_point::max();
    bool done_ = false;
    std::thread thread_;
};

/// Tells the watchdog when test cases begin and end, and remembers whether one has failed.
struct test_listener : doctest::IReporter {
    explicit test_listener(const doctest::ContextOptions&) {}

    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override { dog_ = std::make_unique<watchdog>(); }
    void test_run_end(const doctest::TestRunStats&) override { dog_.reset(); }
    void test_case_start(const doctest::TestCaseData& test) override {
        failed = false;
        dog_->begin(test.m_name);
    }
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats&) override { dog_->end(); }
    void test_case_exception(const doctest::TestCaseException&) override { failed = true; }
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData& assertion) override {
        if (assertion.m_failed) failed = true;
    }
    void log_message(const doctest::MessageData& message) override {
        if ((message.m_severity & doctest::assertType::is_warn) == 0) failed = true;
    }
    void test_case_skipped(const doctest::TestCaseData&) override {}

private:
    std::unique_ptr<watchdog> dog_;
};
REGISTER_LISTENER("watchdog", 1, test_listener);

} // namespace

bool test_has_failed() {
    return failed;
}

} // namespace postbus::tests
