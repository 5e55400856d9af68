#include "services/journal/service.hpp"
#include "services/kit/run.hpp"

int main(int argc, char** argv) {
    return postbus::kit::run(argc, argv, postbus::journal::service());
}
