#pragma once

#include "tests/integration/shop.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace postbus::tests {

/// Broker, gateway and a journal; waits until events can be published.
void start_journal(shop&);

/// The id in the answer to a publication; fails the test when that was refused.
std::string id_of(const http_response&);
/// The place in its log that an event's id tells.
std::int64_t number_of(const std::string& id);

/// Those that are whole.
std::vector<std::string> lines_of(const std::string& text);
/// The ids of events that were printed one a line.
std::vector<std::string> ids_of(const std::string& events);

/// `postbus subscribe WORDS...`
process& subscribe(shop&, std::vector<std::string> words);
/// Until a subscriber without --from-start listens: it shows an event of this topic.
void await_listening(shop&, process& subscriber, const std::string& topic);

} // namespace postbus::tests
