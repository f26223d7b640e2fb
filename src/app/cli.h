// The command line: names, flags and help of every command (the contract that scripts rely on).
#pragma once

namespace pinflow::app {

// Parses, runs one command, gives the exit status: 0 done, 1 failed, 2 wrong usage or not everything done.
int run(int argc, const char* const* argv);

}  // namespace pinflow::app
