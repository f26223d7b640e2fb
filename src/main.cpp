#include <cstdio>
#include <exception>

#include "app/cli.h"

int main(int argc, char** argv) {
    try {
        return pinflow::app::run(argc, argv);
    } catch (const std::exception& error) {
        // Only a bug or a machine without memory comes here: everything expected is a Result.
        std::fprintf(stderr, "pinflow: internal error: %s\n", error.what());
        return 70;
    }
}
