#pragma once

#include "bus/curve_key.hpp"

#include <string>

namespace postbus::bus {

// Keys in files: NAME.key holds a secret key and is its owner's alone, NAME.pub the public one that
// belongs to it, for everybody. Each is one line. All throw settings_error, naming the file.

/// The pair in a .key file. Refuses one that others than its owner may read.
key_pair read_key_file(const std::string& path);

/// `text` itself when it is a key; one that ends in ".pub" names a file with one.
std::string read_public_key(const std::string& text);

/// Makes a pair and writes FOLDER/NAME.key (0600 from the start) and NAME.pub. Replaces nothing.
/// The public key.
std::string make_key_files(const std::string& folder, const std::string& name);

/// Throws when `name` cannot name key files, or when there are some already.
void check_new_key(const std::string& folder, const std::string& name);

} // namespace postbus::bus
