#include "services/kit/run.hpp"
#include "services/catalog/service.hpp"

int main(int argc, char** argv) {
    return postbus::kit::run(argc, argv, postbus::catalog::service());
}
