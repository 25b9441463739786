/// PasswordPrompt: a password from a person, not shown while it is typed, or from a program.
#include "broker/cli/password_prompt.h"

#include <termios.h>
#include <unistd.h>

#include <optional>

#include "broker/cli/error.h"

namespace broker::cli {
namespace {

/// The terminal shows nothing of what is typed while this lives.
class Silence {
public:
    Silence() {
        termios settings{};
        if (::tcgetattr(STDIN_FILENO, &settings) != 0) return;
        before_ = settings;
        settings.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings);
    }
    ~Silence() {
        if (before_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &*before_);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    std::optional<termios> before_;
};

std::string read_line(const Console& console) {
    std::string line;
    std::getline(console.in, line);
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

std::string ask_silently(const Console& console, const std::string& question) {
    std::string answer;
    {
        // Before the question: what somebody types at once must neither be shown nor be flushed away.
        const Silence silence;
        console.err << question << std::flush;
        answer = read_line(console);
    }
    console.err << '\n';
    return answer;
}

}  // namespace

std::string ask_password(const Invocation& invocation, bool is_from_stdin, const std::string& user) {
    const Console& console = invocation.console;
    if (is_from_stdin) {
        std::string password = read_line(console);
        if (password.empty()) throw Error(Errc::usage, "--password-stdin: the standard input has no password");
        return password;
    }
    if (!console.in_is_terminal)
        throw Error(Errc::usage, "there is no terminal to ask for a password on; give --password-stdin");
    std::string password = ask_silently(console, "Password of " + user + ": ");
    if (password.empty()) throw Error(Errc::usage, "no password was typed");
    if (ask_silently(console, "Once more: ") != password) throw Error(Errc::usage, "the two are not the same");
    return password;
}

}  // namespace broker::cli
