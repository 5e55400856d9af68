#pragma once

#include <string>
#include <string_view>

namespace postbus::journal {

/// What is wrong with a topic that someone wants to publish, as a sentence without its subject;
/// empty: nothing. A topic is lower-case words with dots between them, and its first word is not
/// the name of a service that publishes by itself.
std::string objection_to_topic(std::string_view);

} // namespace postbus::journal
