// One sender per echo, known to `stop` for as long as it lives.
#include "broker/deliver/echoes.h"

#include "broker/deliver/judgement.h"

namespace broker::deliver {

/// The right to ask one destination; given back however the asking ends.
class Echoes::Asking {
public:
    Asking(Echoes& echoes, const std::string& destination, Sender& sender)
        : echoes_(echoes), destination_(destination) {
        std::lock_guard lock(echoes_.mutex_);
        if (echoes_.is_stopping_)
            refusal_ = Echo::Refusal::stopping;
        else if (!echoes_.running_.emplace(destination_, &sender).second)
            refusal_ = Echo::Refusal::under_way;
    }
    ~Asking() {
        if (refusal_ != Echo::Refusal::none) return;
        std::lock_guard lock(echoes_.mutex_);
        echoes_.running_.erase(destination_);
    }
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;

    Echo::Refusal refusal() const { return refusal_; }

private:
    Echoes& echoes_;
    const std::string destination_;
    Echo::Refusal refusal_ = Echo::Refusal::none;
};

Echo Echoes::ask(const std::string& destination, std::unique_ptr<Sender> sender) {
    const auto began = clock_.monotonic();
    Echo echo;
    const Asking asking(*this, destination, *sender);
    echo.refusal = asking.refusal();
    if (echo.refusal != Echo::Refusal::none) return echo;
    auto failed = sender->open({});
    if (!failed) failed = sender->verify();
    sender->close();
    {
        // What an interrupted sender says of its peer is our own doing.
        std::lock_guard lock(mutex_);
        if (failed && is_stopping_) echo.refusal = Echo::Refusal::stopping;
    }
    if (echo.refusal != Echo::Refusal::none) return echo;
    echo.is_alive = !failed;
    echo.text = failed ? explain(*failed, classify(*failed)) : "answers";
    echo.took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.monotonic() - began);
    return echo;
}

void Echoes::stop() {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
    for (const auto& [destination, sender] : running_) sender->interrupt();
}

}  // namespace broker::deliver
