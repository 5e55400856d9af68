#include "tools/control_socket.hpp"

#include "schemas/json_read.hpp"
#include "schemas/json_write.hpp"
#include "tools/data_folder.hpp"
#include "tools/unix_address.hpp"

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <spdlog/spdlog.h>

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace postbus::tools {

namespace asio = boost::asio;
using asio::local::stream_protocol;

namespace {

constexpr std::chrono::seconds request_time{5};
constexpr std::size_t most_unread = 1024 * 1024; // a reader that stands still is let go

/// Empty, or why the other side has no say here.
std::string why_not_trusted(stream_protocol::socket& socket) {
    ucred who{};
    socklen_t size = sizeof who;
    if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0)
        return std::string{"nobody knows who asks: "} + std::strerror(errno);
    if (who.uid == 0 || who.uid == geteuid()) return {};
    return "only user " + std::to_string(geteuid()) + " and root may ask this, not user " +
           std::to_string(who.uid);
}

struct shared { // by the sessions, which may outlive the socket
    control_socket::handler handle;
    std::size_t open = 0;
};

class session final : public control_session, public std::enable_shared_from_this<session> {
public:
    session(stream_protocol::socket socket, std::shared_ptr<shared> with)
        : socket_{std::move(socket)}, limit_{socket_.get_executor()}, shared_{std::move(with)} {
        ++shared_->open;
    }
    ~session() override { --shared_->open; }

    void begin() {
        if (auto why = why_not_trusted(socket_); !why.empty()) return refuse(std::move(why));
        if (shared_->open > control_socket::most_sessions)
            return refuse("too many commands ask at once; try again");
        limit_.expires_after(request_time);
        limit_.async_wait([self = shared_from_this()](boost::system::error_code failed) {
            if (!failed && !self->asked_) self->refuse("no request came within 5 s");
        });
        asio::async_read_until(
            socket_, asio::dynamic_buffer(input_, control_socket::longest_request), '\n',
            [self = shared_from_this()](boost::system::error_code failed, std::size_t size) {
                if (!self->ending_) self->heard(failed, size);
            });
    }

    void say(const control_line& line) override {
        if (gone_ || ending_) return;
        unsent_ += schemas::to_json(line) + '\n';
        if (unsent_.size() > most_unread) return hang_up();
        if (sending_.empty()) send();
    }

    void finish(const control_line& line) override {
        say(line);
        ending_ = true;
        on_hang_up = nullptr;
        if (sending_.empty()) close();
    }

private:
    void refuse(std::string why) { finish({"refused", {}, 0, std::move(why)}); }

    void heard(boost::system::error_code failed, std::size_t size) {
        asked_ = true;
        limit_.cancel();
        if (failed == asio::error::not_found || input_.size() >= control_socket::longest_request)
            return refuse("a request has at most " +
                          std::to_string(control_socket::longest_request) + " bytes");
        if (failed) return close(); // it went without a word
        schemas::json_document document;
        schemas::field_errors errors;
        control_request request;
        if (!document.parse({input_.data(), size}))
            return refuse("the request is no JSON: " + document.error());
        if (!schemas::read_json(document.root(), request, errors))
            return refuse("the request is wrong: " +
                          (errors.empty() ? std::string{"not an object"}
                                          : errors.front().field + ": " + errors.front().message));
        watch();
        shared_->handle(request, shared_from_this());
    }

    /// Nothing more is to come: what does come, comes from its end.
    void watch() {
        socket_.async_wait(stream_protocol::socket::wait_read,
                           [self = shared_from_this()](boost::system::error_code failed) {
                               if (!failed && !self->ending_) self->hang_up();
                           });
    }

    void hang_up() {
        if (std::exchange(gone_, true)) return;
        close();
        if (const auto tell = std::exchange(on_hang_up, nullptr)) tell();
    }

    void send() {
        sending_ = std::exchange(unsent_, {});
        asio::async_write(
            socket_, asio::buffer(sending_),
            [self = shared_from_this()](boost::system::error_code failed, std::size_t) {
                self->sending_.clear();
                if (failed) return self->hang_up();
                if (!self->unsent_.empty()) return self->send();
                if (self->ending_) self->close();
            });
    }

    void close() {
        boost::system::error_code ignored;
        limit_.cancel();
        socket_.close(ignored);
    }

    stream_protocol::socket socket_;
    asio::steady_timer limit_;
    std::shared_ptr<shared> shared_;
    std::string input_;
    std::string unsent_;
    std::string sending_;
    bool asked_ = false;
    bool ending_ = false;
    bool gone_ = false;
};

} // namespace

std::string control_path(const std::string& data_folder) {
    return data_folder + "/postbus.sock";
}

class control_socket::impl : public std::enable_shared_from_this<impl> {
public:
    impl(asio::io_context& io, const std::string& data_folder, handler handle)
        : path_{control_path(data_folder)},
          shared_{std::make_shared<shared>(shared{std::move(handle)})}, acceptor_{io} {
        unlink(path_.c_str());
        const auto before = umask(S_IRWXG | S_IRWXO | S_IXUSR); // 0600 from its first moment on
        try {
            const unix_address address{path_};
            acceptor_.open();
            acceptor_.bind(stream_protocol::endpoint{address.text()});
            acceptor_.listen();
        } catch (const boost::system::system_error& failed) {
            umask(before);
            throw start_error{"cannot listen on " + path_ + ": " + failed.code().message()};
        }
        umask(before);
    }
    ~impl() { unlink(path_.c_str()); }

    void accept() {
        acceptor_.async_accept([weak = weak_from_this()](boost::system::error_code failed,
                                                         stream_protocol::socket socket) {
            const auto self = weak.lock();
            if (!self || failed == asio::error::operation_aborted) return;
            if (!failed) std::make_shared<session>(std::move(socket), self->shared_)->begin();
            self->accept();
        });
    }
    void close() { acceptor_.close(); }

private:
    std::string path_;
    std::shared_ptr<shared> shared_;
    stream_protocol::acceptor acceptor_;
};

control_socket::control_socket(asio::io_context& io, const std::string& data_folder, handler handle)
    : impl_{std::make_shared<impl>(io, data_folder, std::move(handle))} {
    impl_->accept();
}

control_socket::~control_socket() {
    impl_->close();
}

} // namespace postbus::tools
