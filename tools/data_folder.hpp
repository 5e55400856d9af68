#pragma once

#include <stdexcept>
#include <string>

namespace postbus::tools {

/// One clear line for a person: why the stack cannot start.
struct start_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The folder of the databases, held by one supervisor at a time through DIR/postbus.lock.
class data_folder {
public:
    /// Creates the folder when it is missing. Throws start_error when it cannot be created or
    /// written to, or when another supervisor holds it (naming that one's pid).
    explicit data_folder(const std::string& path);
    ~data_folder();
    data_folder(const data_folder&) = delete;
    data_folder& operator=(const data_folder&) = delete;

private:
    int lock_ = -1;
};

} // namespace postbus::tools
