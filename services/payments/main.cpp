#include "services/kit/run.hpp"
#include "services/payments/service.hpp"

int main(int argc, char** argv) {
    return postbus::kit::run(argc, argv, postbus::payments::service());
}
