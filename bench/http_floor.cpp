// The smallest HTTP server that answers every request with the same bytes: what nginx proxies to.
// Usage: http-floor PORT BODY
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

class connection : public std::enable_shared_from_this<connection> {
public:
    connection(tcp::socket socket, const std::string& answer)
        : socket_{std::move(socket)}, answer_{answer} {}

    void read() {
        socket_.async_read_some(asio::buffer(buffer_),
                                [self = shared_from_this()](auto failed, std::size_t n) {
                                    if (failed) return;
                                    self->pending_.append(self->buffer_.data(), n);
                                    if (!self->pending_.ends_with("\r\n\r\n")) return self->read();
                                    self->pending_.clear();
                                    self->write();
                                });
    }

private:
    void write() {
        asio::async_write(socket_, asio::buffer(answer_),
                          [self = shared_from_this()](auto failed, std::size_t) {
                              if (!failed) self->read();
                          });
    }

    tcp::socket socket_;
    const std::string& answer_;
    std::string pending_;
    std::array<char, 4096> buffer_;
};

void accept(tcp::acceptor& acceptor, const std::string& answer) {
    acceptor.async_accept([&](auto failed, tcp::socket socket) {
        if (!failed) {
            socket.set_option(tcp::no_delay{true});
            std::make_shared<connection>(std::move(socket), answer)->read();
        }
        accept(acceptor, answer);
    });
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: http-floor PORT BODY\n";
        return 2;
    }
    const std::string body = argv[2];
    const std::string answer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    asio::io_context io{1};
    const auto port = static_cast<unsigned short>(std::atoi(argv[1]));
    tcp::acceptor acceptor{io, {asio::ip::address_v4::loopback(), port}};
    accept(acceptor, answer);
    io.run();
}
