#include "tools/unix_address.hpp"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

namespace postbus::tools {

unix_address::unix_address(const std::string& path) : text_{path} {
    if (path.size() < sizeof(sockaddr_un::sun_path)) return;
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return;
    folder_ = open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder_ >= 0) text_ = "/proc/self/fd/" + std::to_string(folder_) + path.substr(slash);
}

unix_address::~unix_address() {
    if (folder_ >= 0) close(folder_);
}

} // namespace postbus::tools
