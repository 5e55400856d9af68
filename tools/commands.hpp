#pragma once

namespace postbus::tools {

/// The words of the command line. Each reads its own flags (argv[0] is the word) and gives the exit
/// code: 0 done, 1 refused or failed, 2 used wrongly, 3 no answer in time.
int up(int argc, const char* const* argv);
int restart(int argc, const char* const* argv);
int scale(int argc, const char* const* argv);
int status(int argc, const char* const* argv);
int top(int argc, const char* const* argv);
int call(int argc, const char* const* argv);
int publish(int argc, const char* const* argv);
int subscribe(int argc, const char* const* argv);
int events(int argc, const char* const* argv);
int keys(int argc, const char* const* argv);
int audit(int argc, const char* const* argv);

} // namespace postbus::tools
