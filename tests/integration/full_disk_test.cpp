#include "tests/integration/load.hpp"
#include "tests/integration/sqlite.hpp"

#include <doctest/doctest.h>

#include <sys/mount.h>
#include <unistd.h>

#include <fstream>

namespace postbus::tests {

namespace {

/// A file system of 12 MiB: the log alone takes 4 before it is moved into the database. Only root
/// may mount one.
class small_disk {
public:
    explicit small_disk(std::filesystem::path where) : where_{std::move(where)} {
        std::filesystem::create_directories(where_);
        mounted_ = ::mount("tmpfs", where_.c_str(), "tmpfs", 0, "size=12m") == 0;
    }
    ~small_disk() {
        if (mounted_) ::umount2(where_.c_str(), MNT_DETACH);
    }
    small_disk(const small_disk&) = delete;
    small_disk& operator=(const small_disk&) = delete;

    bool mounted() const noexcept { return mounted_; }

private:
    std::filesystem::path where_;
    bool mounted_ = false;
};

/// Takes what space is left.
void fill(const std::filesystem::path& file) {
    std::ofstream out{file, std::ios::binary};
    const std::string block(4096, 'x');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) continue;
}

} // namespace

TEST_SUITE_BEGIN("torment");

TEST_CASE("a full disk refuses writes and serves reads; with space again, writes go on") {
    shop s;
    const small_disk disk{s.data()};
    if (!disk.mounted()) {
        MESSAGE("not run: mounting a small disk takes root");
        return;
    }
    s.start();
    order_load load{s.http_port(), 4};
    REQUIRE(load.wait_for_more(100));
    fill(s.data() / "filler");
    // The log has some room of its own left; soon it needs more of the disk.
    http_response refused;
    REQUIRE(eventually(20'000ms, [&] {
        refused = s.post("/orders", R"({"user":1,"product":"probe"})");
        return refused.status == 503;
    }));
    CHECK_NE(refused.body.find(R"("outcome":"not-executed")"), std::string::npos);
    CHECK_FALSE(refused.field("retry-after").empty());
    CHECK_EQ(s.get("/orders/1").status, 200);
    CHECK_EQ(s.get("/users").status, 200);

    std::filesystem::remove(s.data() / "filler");
    CHECK(load.wait_for_more(100));
    const auto done = load.stop();
    check_orders(s, done);
    CHECK(s.stop_everything());
    CHECK_EQ(integrity(s.data() / "orders.db"), "ok");
}

TEST_SUITE_END();

} // namespace postbus::tests
