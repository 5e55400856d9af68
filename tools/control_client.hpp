#pragma once

#include "tools/control_messages.hpp"

#include <string>

namespace postbus::tools {

/// For a command: asks the supervisor of a data folder and prints what it says while it works, as
/// text or one JSON object a line. Ctrl-C lets it finish the process it is at, and no more. The
/// exit code: 0 done, 1 refused, failed or nobody there, 130 interrupted.
int ask_supervisor(const std::string& command, const std::string& data_folder,
                   const control_request&, bool as_json);

/// "users.1 (pid 42) is ready"
std::string sentence(const control_line&);

} // namespace postbus::tools
