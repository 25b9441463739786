// A helper process that does what the first line of the blob says: render, or misbehave in one way or another.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "broker/worker/render/order.h"

namespace {

using namespace broker::worker;

void put(const void* bytes, std::size_t size) {
    const char* at = static_cast<const char*>(bytes);
    while (size > 0) {
        const ssize_t done = ::write(STDOUT_FILENO, at, size);
        if (done <= 0) ::_exit(1);
        at += done;
        size -= static_cast<std::size_t>(done);
    }
}

bool get(void* into, std::size_t size) {
    char* at = static_cast<char*>(into);
    while (size > 0) {
        const ssize_t done = ::read(STDIN_FILENO, at, size);
        if (done <= 0) return false;
        at += done;
        size -= static_cast<std::size_t>(done);
    }
    return true;
}

void put(const ReplyHead& head) {
    const auto bytes = pack(head);
    put(bytes.data(), bytes.size());
}

std::string read_blob(std::uint64_t offset, std::uint32_t size) {
    ReplyHead head;
    head.kind = ReplyHead::Kind::read;
    head.read = {offset, size};
    put(head);
    std::string bytes(size, '\0');
    if (!get(bytes.data(), size)) ::_exit(0);
    return bytes;
}

struct Job {
    RenderOrder order;
    int number = 0;
    std::string word, argument;
};

std::string jpeg(const std::string& text) {
    return "\xFF\xD8" + text + "\xFF\xD9";
}

void put_picture(const Job& job, const std::string& more = "") {
    rlimit cpu{};
    ::getrlimit(RLIMIT_CPU, &cpu);
    const Rendition& rendition = job.order.rendition;
    const Viewport box = rendition.viewport.value_or(Viewport{});
    std::ostringstream text;
    text << "pid=" << ::getpid() << " job=" << job.number << " nice=" << ::getpriority(PRIO_PROCESS, 0)
         << " cpu=" << cpu.rlim_cur << " frame=" << rendition.frame << " quality=" << rendition.quality
         << " box=" << box.width << "x" << box.height;
    if (const auto& window = rendition.window)
        text << " window=" << window->centre << "," << window->width << "," << static_cast<int>(window->function);
    if (const auto& region = box.region)
        text << " region=" << region->left << "," << region->top << "," << region->width << "," << region->height << ","
             << region->is_flipped_across << "," << region->is_flipped_down;
    text << " " << more;
    const std::string picture = jpeg(text.str());
    const std::string thumbnail = job.order.thumbnail_pixels > 0 ? jpeg("small " + text.str()) : "";
    ReplyHead head;
    head.kind = ReplyHead::Kind::picture;
    head.jpeg_bytes = static_cast<std::uint32_t>(picture.size());
    head.thumbnail_bytes = static_cast<std::uint32_t>(thumbnail.size());
    head.frame = std::max(rendition.frame, 1U);
    head.frame_count = 7;
    head.window = Window{40, 400, WindowFunction::linear};
    put(head);
    put(picture.data(), picture.size());
    put(thumbnail.data(), thumbnail.size());
}

[[noreturn]] void wait_for_ever() {
    for (;;) ::pause();
}

[[noreturn]] void use_the_processor() {
    for (std::atomic<unsigned> i = 0;; ++i) {
    }
}

void put_false_picture(std::uint32_t size, std::uint32_t thumbnail_size) {
    ReplyHead head;
    head.kind = ReplyHead::Kind::picture;
    head.jpeg_bytes = size;
    head.thumbnail_bytes = thumbnail_size;
    put(head);
}

/// Whoever opens the other end knows that the job is under way, and lets it go on by closing.
void wait_at_gate(const std::string& fifo) {
    const int gate = ::open(fifo.c_str(), O_RDONLY | O_CLOEXEC);
    char byte = 0;
    while (::read(gate, &byte, 1) > 0) {
    }
    ::close(gate);
}

void read_to_the_end(const Job& job) {
    unsigned long sum = 0;
    for (std::uint64_t at = 0; at < job.order.blob_bytes;) {
        const auto size =
            static_cast<std::uint32_t>(std::min<std::uint64_t>(read_bytes_max, job.order.blob_bytes - at));
        for (const char each : read_blob(at, size)) sum += static_cast<unsigned char>(each);
        at += size;
    }
    put_picture(job, "sum=" + std::to_string(sum));
}

void misbehave(const Job& job) {
    const std::string garbage(4096, 'x');
    if (job.word == "crash") ::raise(SIGSEGV);
    if (job.word == "exit") ::_exit(std::atoi(job.argument.c_str()));
    if (job.word == "hang") wait_for_ever();
    if (job.word == "spin") use_the_processor();
    if (job.word == "outside") read_blob(job.order.blob_bytes, 1);
    if (job.word == "endless")
        for (;;)
            read_blob(0, static_cast<std::uint32_t>(std::min<std::uint64_t>(read_bytes_max, job.order.blob_bytes)));
    if (job.word == "nonsense" || job.word == "flood") put(garbage.data(), reply_head_bytes);
    if (job.word == "flood")
        for (;;) put(garbage.data(), garbage.size());
    if (job.word == "nojpeg") {
        put_false_picture(64, 64);
        put(garbage.data(), 128);
    }
    if (job.word == "promise") put_false_picture(jpeg_bytes_max, thumbnail_bytes_max);
    if (job.word == "close") ::close(STDOUT_FILENO);
    wait_for_ever();
}

void work(const Job& job) {
    ReplyHead none;
    none.kind = ReplyHead::Kind::no_picture;
    none.why = static_cast<NoPicture>(std::atoi(job.argument.c_str()));
    if (job.word == "none") return put(none);
    if (job.word == "whole") return read_to_the_end(job);
    if (job.word == "gate") wait_at_gate(job.argument);
    const bool is_right = job.word == "picture" || job.word == "gate" || job.word == "surplus" || job.word == "leave";
    if (!is_right) misbehave(job);
    put_picture(job);
    if (job.word == "surplus") put("x", 1);
    if (job.word == "leave") ::_exit(0);
}

}  // namespace

int main(int argc, char** argv) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_DUMPABLE, 0);
    if (argc > 1 && argv[1] == std::string("absent")) return 41;
    std::array<std::byte, order_bytes> bytes{};
    for (int number = 1; get(bytes.data(), bytes.size()); ++number) {
        const auto order = parse_order(bytes);
        if (!order) return 2;
        Job job{*order, number, {}, {}};
        constexpr std::uint32_t line_bytes = 256;
        std::istringstream line(
            read_blob(0, static_cast<std::uint32_t>(std::min<std::uint64_t>(line_bytes, order->blob_bytes))));
        line >> job.word >> job.argument;
        work(job);
    }
    return 0;
}
