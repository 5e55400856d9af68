#include "tools/control_client.hpp"

#include "schemas/json_read.hpp"
#include "schemas/json_write.hpp"
#include "tools/control_socket.hpp"
#include "tools/unix_address.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/write.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

namespace postbus::tools {

namespace asio = boost::asio;
using asio::local::stream_protocol;

namespace {

constexpr std::size_t longest_line = 64 * 1024;

class conversation {
public:
    conversation(std::string command, bool as_json)
        : command_{std::move(command)}, as_json_{as_json} {}

    int run(const std::string& folder, const control_request& request) {
        const auto path = control_path(folder);
        const unix_address address{path};
        boost::system::error_code failed;
        socket_.connect(stream_protocol::endpoint{address.text()}, failed);
        if (failed) return nobody(folder, path, failed);
        const auto line = schemas::to_json(request) + '\n';
        asio::write(socket_, asio::buffer(line), failed); // a refusal may come first: it is read
        read();
        signals_.async_wait([this](boost::system::error_code stopped, int) {
            if (!stopped) interrupt();
        });
        io_.run();
        return code_;
    }

private:
    int complain(const std::string& what) const {
        std::cerr << "postbus " << command_ << ": " << what << '\n';
        return 1;
    }

    int nobody(const std::string& folder, const std::string& path,
               boost::system::error_code why) const {
        if (why == asio::error::access_denied)
            return complain(path + " belongs to another user: ask as that user, or as root");
        const bool leftover = why == asio::error::connection_refused;
        return complain("no `postbus up` runs on the data folder " + folder +
                        (leftover ? " (" + path + " was left behind by one that was killed)"
                                  : " (there is no " + path + ')') +
                        "; name its folder with --data");
    }

    void read() {
        asio::async_read_until(socket_, asio::dynamic_buffer(input_, longest_line), '\n',
                               [this](boost::system::error_code failed, std::size_t size) {
                                   if (failed) {
                                       code_ = complain("the supervisor ended before it was done");
                                       return io_.stop();
                                   }
                                   hear(std::string{input_, 0, size - 1});
                                   input_.erase(0, size);
                                   if (!over_) return read();
                                   io_.stop();
                               });
    }

    void hear(const std::string& text) {
        schemas::json_document document;
        schemas::field_errors errors;
        control_line line;
        if (!document.parse(text) || !schemas::read_json(document.root(), line, errors)) {
            code_ = complain("the supervisor is of another version");
            over_ = true;
            return;
        }
        over_ = line.event == "done" || line.event == "failed" || line.event == "refused";
        code_ = line.event == "done" ? 0 : 1;
        if (as_json_) std::cout << text << std::endl;
        else if (over_ && code_ != 0) complain(sentence(line));
        else std::cout << sentence(line) << std::endl;
    }

    /// The supervisor sees that nobody listens any more.
    void interrupt() {
        std::cerr << "postbus " << command_
                  << ": interrupted; the process that is being changed is finished, the rest stays "
                     "as it is\n";
        code_ = 130;
        io_.stop();
    }

    std::string command_;
    bool as_json_;
    asio::io_context io_;
    stream_protocol::socket socket_{io_};
    asio::signal_set signals_{io_, SIGINT, SIGTERM};
    std::string input_;
    bool over_ = false;
    int code_ = 1;
};

} // namespace

int ask_supervisor(const std::string& command, const std::string& data_folder,
                   const control_request& request, bool as_json) {
    return conversation{command, as_json}.run(data_folder, request);
}

std::string sentence(const control_line& line) {
    auto text = line.process;
    if (line.pid != 0) text += " (pid " + std::to_string(line.pid) + ')';
    if (!text.empty()) text += ' ';
    if (line.event == "starting") return text + "is starting";
    if (line.event == "ready") return text + "is ready";
    if (line.event == "draining") return text + "finishes what it has";
    if (line.event == "ended") return text + "has ended";
    return text + line.text;
}

} // namespace postbus::tools
