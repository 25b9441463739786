#include "broker/http/wire.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>

namespace broker::http {
namespace {

using Step = dicom::Moved::Step;

bool is_not_yet(int error) {
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

dicom::Moved moved(ssize_t result, int error, Step waits) {
    if (result > 0) return {Step::done, static_cast<std::size_t>(result), 0};
    if (result == 0) return {Step::ended, 0, 0};
    if (is_not_yet(error)) return {waits, 0, 0};
    return {Step::failed, 0, error};
}

dicom::Moved receive(int socket, char* into, std::size_t size, int flags) {
    const ssize_t result = ::recv(socket, into, size, MSG_DONTWAIT | flags);
    return moved(result, errno, Step::wants_read);
}

}  // namespace

Wire::~Wire() {
    if (!socket_.is_open()) return;
    if (parts_in_peace_) {
        if (tls_) tls_->say_goodbye();
        return;
    }
    const linger at_once{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

dicom::Moved Wire::read(char* into, std::size_t size) {
    return tls_ ? tls_->read(into, size) : receive(socket_.get(), into, size, 0);
}

dicom::Moved Wire::write(std::string_view bytes) {
    if (tls_) return tls_->write(bytes.data(), bytes.size());
    const ssize_t result = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    return moved(result, errno, Step::wants_write);
}

std::size_t Wire::underway() const {
    int bytes = 0;
    return ::ioctl(socket_.get(), SIOCOUTQ, &bytes) == 0 && bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
}

bool Wire::is_quiet() {
    char one = 0;
    const Step step = tls_ ? tls_->peek() : receive(socket_.get(), &one, 1, MSG_PEEK).step;
    return step == Step::wants_read;
}

}  // namespace broker::http
