/// Confirm: asks the person before many jobs are changed.
#include "broker/cli/confirm.h"

#include "broker/cli/error.h"

namespace broker::cli {

bool is_confirmed(const Invocation& invocation, bool is_yes, const std::string& question, const std::string& means) {
    const Console& console = invocation.console;
    if (is_yes) {
        return true;
    }
    if (!console.in_is_terminal) {
        throw Error(Errc::usage, means + " and there is no terminal to ask on; give --yes");
    }
    console.err << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(console.in, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
}

std::string jobs_text(const std::string& count) {
    return count + (count == "1" ? " job" : " jobs");
}

}  // namespace broker::cli
