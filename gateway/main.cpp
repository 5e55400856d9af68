#include "bus/heap.hpp"
#include "gateway/options.hpp"
#include "gateway/server.hpp"

#include <exception>
#include <iostream>
#include <utility>

int main(int argc, char** argv) {
    postbus::bus::keep_heap();
    try {
        postbus::gateway::options options;
        if (const auto code = options.read(argc, argv)) return *code;
        postbus::gateway::serve(std::move(options));
        return 0;
    } catch (const std::exception& failed) {
        std::cerr << "postbus-gateway: " << failed.what() << '\n';
        return 1;
    }
}
