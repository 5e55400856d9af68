#include "services/kit/run.hpp"
#include "services/orders/service.hpp"

int main(int argc, char** argv) {
    return postbus::kit::run(argc, argv, postbus::orders::service());
}
