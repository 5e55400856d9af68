#include "services/kit/run.hpp"
#include "services/users/service.hpp"

int main(int argc, char** argv) {
    return postbus::kit::run(argc, argv, postbus::users::service());
}
