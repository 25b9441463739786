// The helper process by itself, as the program's hidden command starts it, without the rest of the program.
#include "broker/worker/run.h"

int main(int argc, char** argv) {
    const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
    broker::worker::run(arguments.subspan(argc > 1 ? 2 : 1));
}
