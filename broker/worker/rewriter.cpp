// Bytes go through: inflated where they are deflated, cut into elements, changed, deflated again.
#include "broker/worker/rewriter.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "broker/dicom/deflater.h"
#include "broker/dicom/dictionary.h"
#include "broker/dicom/element_head.h"
#include "broker/dicom/element_stream.h"
#include "broker/dicom/inflater.h"
#include "broker/dicom/padding.h"
#include "broker/dicom/transfer_syntax.h"
#include "broker/dicom/utf8.h"
#include "broker/dicom/value_rules.h"
#include "broker/worker/private_blocks.h"

namespace broker::worker {
namespace {

using dicom::Tag;
using Element = dicom::ElementStream::Element;
using Bytes = std::span<const std::byte>;

constexpr Tag length_to_end{0x0008, 0x0001};
constexpr std::uint64_t inflated_bytes_max = 64ULL << 30;  // beyond what anybody sends; processor time ends it before
constexpr std::size_t watched_bytes_max = 4096;            // creators, and whether a value is there at all

std::string_view text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Values without padding, as they were when the text was put into this character set.
std::string tidied_terms(std::string_view value) {
    std::string all;
    for (const std::string& each : dicom::split_values("CS", value)) all.append(dicom::trimmed(each)) += '\\';
    while (all.ends_with('\\')) all.pop_back();
    return all;
}

/// The VRs whose text is in the data set's character set (PS3.5 6.1.2.2).
bool is_in_character_set(std::string_view vr) {
    constexpr std::string_view vrs = "LO LT PN SH ST UC UT";
    return vr.size() == 2 && vrs.find(vr) != std::string_view::npos;
}

std::string vr_of(const Element& element) {
    if (!element.vr.empty() && element.vr != "UN") return element.vr;
    const dicom::DictionaryEntry* entry = dicom::find_tag(element.tag);
    return entry == nullptr ? "" : entry->vr;
}

/// Writes the elements that are new.
class ElementMaker {
public:
    void set_layout(bool is_implicit, bool is_big_endian) {
        is_implicit_ = is_implicit;
        is_big_endian_ = is_big_endian;
    }

    /// Nothing where its length doesn't fit.
    std::optional<std::string> make(Tag tag, std::string_view vr, std::string_view text) const {
        constexpr std::size_t short_length_max = 0xFFFE;
        const std::string value = value_bytes(vr, text, is_big_endian_);
        std::string bytes = number(tag.group, 2) + number(tag.element, 2);
        if (is_implicit_) return bytes + number(value.size(), 4) + value;
        bytes += vr;
        if (dicom::long_vrs.contains(vr)) return bytes + number(0, 2) + number(value.size(), 4) + value;
        if (value.size() > short_length_max) return std::nullopt;
        return bytes + number(value.size(), 2) + value;
    }

private:
    std::string number(std::size_t value, std::size_t size) const {
        std::string bytes;
        for (std::size_t i = 0; i < size; ++i)
            bytes += static_cast<char>(value >> (8 * (is_big_endian_ ? size - 1 - i : i)) & 0xFF);
        return bytes;
    }
    bool is_implicit_ = false, is_big_endian_ = false;
};

/// Knows of each element whether it stays.
class Changer : public dicom::ElementStream::Sink {
public:
    Changer(const Rewriting& rewriting, Rewriter::Take take) : rewriting_(rewriting), take_(std::move(take)) {
        for (const Rewriting::Element& each : rewriting.elements) {
            groups_.insert(each.tag.tag.group);
            if (!each.tag.creator.empty())
                blocks_.ask_about(each.tag);
            else if (each.is_removed)
                gone_.insert(each.tag.tag);
            else
                to_put_[each.tag.tag] = &each;
        }
        next_ = to_put_.begin();
    }

    Ending ending() const { return ending_; }

    void begin(const Element& element) override {
        maker_.set_layout(element.is_implicit, element.is_big_endian);
        const Tag tag = element.tag;
        const bool is_stray_delimiter = tag.group == 0xFFFE;
        if (!is_stray_delimiter) put_before(tag);
        const auto put = to_put_.find(tag);
        if (put != to_put_.end() && put == next_) put_next(element.vr);
        is_kept_ = put == to_put_.end() && !is_gone(tag);
        begun_ = tag;
        watched_.clear();
        is_watched_ = must_watch(tag);
        if (is_kept_) give(element.head);
    }
    void content(Bytes bytes) override {
        if (is_kept_) give(bytes);
        if (is_watched_) watched_ += text_of(bytes.first(std::min(bytes.size(), watched_bytes_max - watched_.size())));
    }
    void value(const Element& element, Bytes bytes) override {
        // ISO 2022 writes other characters in seven bits, between escape sequences (PS3.5 6.1.2.5).
        constexpr char escape = 0x1B;
        const std::string_view text = text_of(bytes);
        const bool is_plain = dicom::is_ascii(text) && text.find(escape) == std::string_view::npos;
        if (!rewriting_.is_ascii_only || !is_kept_ || is_plain) return;
        if (is_in_character_set(vr_of(element))) fail(Ending::not_ascii);
    }
    void end() override {
        if (is_watched_) look_at(begun_, std::string(dicom::trimmed(watched_)));
    }
    void finish() {
        while (next_ != to_put_.end()) put_next("");
        // Text was written in a character set that the data set, which came without the element, doesn't name.
        if (rewriting_.is_in && !is_set_seen_ && !tidied_terms(*rewriting_.is_in).empty()) fail(Ending::disordered);
    }

private:
    void fail(Ending ending) {
        if (ending_ == Ending::done) ending_ = ending;
    }
    void give(Bytes bytes) {
        if (ending_ == Ending::done) take_(bytes);
    }

    void put_before(Tag tag) {
        while (next_ != to_put_.end() && next_->first < tag) put_next("");
    }
    /// `vr` is the one that the element had, "" where it had none.
    void put_next(std::string_view vr) {
        const Rewriting::Element& wanted = *next_->second;
        ++next_;
        const bool has_text = dicom::is_text_vr(wanted.vr);
        const bool stays = has_text && dicom::is_text_vr(vr);
        const auto bytes = maker_.make(wanted.tag.tag, stays ? vr : wanted.vr, wanted.value);
        if (!bytes) return fail(Ending::too_long);
        give(std::as_bytes(std::span(*bytes)));
    }

    bool is_gone(Tag tag) {
        if (tag == length_to_end || (tag.element == 0x0000 && groups_.contains(tag.group))) return true;
        if (gone_.contains(tag)) return true;
        dicom::TagStep step;
        const auto answer = blocks_.is_one(tag, step);
        // Whose it is may come later, where elements are out of order.
        if (answer == PrivateBlocks::Answer::unknown) unclaimed_.insert(tag);
        return answer == PrivateBlocks::Answer::yes;
    }

    bool must_watch(Tag tag) const {
        const auto is_in = [&](const std::vector<Tag>& tags) { return std::ranges::find(tags, tag) != tags.end(); };
        // What was relied on must hold of what is changed, too: a copy was made of it.
        if (is_in(rewriting_.absent)) return true;
        return is_kept_ && (is_in(rewriting_.single) || (PrivateBlocks::is_creator(tag) && blocks_.is_asked()) ||
                            (tag == dicom::tags::specific_character_set && rewriting_.is_in));
    }

    void look_at(Tag tag, std::string value) {
        if (tag == dicom::tags::specific_character_set && rewriting_.is_in) {
            is_set_seen_ = true;
            if (tidied_terms(value) != tidied_terms(*rewriting_.is_in)) fail(Ending::disordered);
        }
        if (PrivateBlocks::is_creator(tag)) {
            blocks_.add(tag, value);
            dicom::TagStep step;
            for (const Tag earlier : unclaimed_)
                if (blocks_.is_one(earlier, step) == PrivateBlocks::Answer::yes) fail(Ending::disordered);
        }
        if (value.empty()) return;
        if (std::ranges::find(rewriting_.absent, tag) != rewriting_.absent.end()) fail(Ending::disordered);
        const bool is_single = std::ranges::find(rewriting_.single, tag) != rewriting_.single.end();
        if (is_single && !seen_.insert(tag).second) fail(Ending::disordered);
    }

    const Rewriting& rewriting_;
    const Rewriter::Take take_;
    std::set<std::uint16_t> groups_;  ///< with a change: their length is another one
    std::set<Tag> gone_;
    std::map<Tag, const Rewriting::Element*> to_put_;
    std::map<Tag, const Rewriting::Element*>::const_iterator next_;  ///< those before it were put
    ElementMaker maker_;
    PrivateBlocks blocks_;
    std::set<Tag> unclaimed_, seen_;  ///< of tags that are asked about: few
    Tag begun_;
    std::string watched_;
    bool is_kept_ = true, is_watched_ = false, is_set_seen_ = false;
    Ending ending_ = Ending::done;
};

}  // namespace

struct Rewriter::Parts {
    std::optional<dicom::Deflater> deflater;
    std::optional<dicom::Inflater> inflater;
    Changer changer;
    dicom::ElementStream elements;
    bool is_readable = true, is_spent = false;

    Parts(const Rewriting& rewriting, std::string_view transfer_syntax_uid, Take take)
        : changer(rewriting, as_wanted(transfer_syntax_uid, std::move(take))),
          elements(changer, rewriting.is_ascii_only) {}

    /// Where the changed bytes go.
    Take as_wanted(std::string_view transfer_syntax_uid, Take take) {
        if (!dicom::is_deflated(transfer_syntax_uid)) return take;
        inflater.emplace(inflated_bytes_max);
        deflater.emplace(std::move(take));
        return [this](Bytes bytes) { deflater->feed(bytes); };
    }

    void feed(Bytes bytes) {
        if (!inflater) {
            is_readable = elements.feed(bytes) && is_readable;
            return;
        }
        if (is_spent) return;  // a byte of padding
        const auto result = inflater->feed(bytes, [this](Bytes inflated) {
            is_readable = elements.feed(inflated) && is_readable;
            return is_readable;
        });
        is_spent = result == dicom::Inflater::Result::ended;
        is_readable = is_readable && (is_spent || result == dicom::Inflater::Result::wants_more);
    }
    bool is_whole() const { return is_readable && (!inflater || is_spent) && elements.finish(); }
};

Rewriter::Rewriter(const Rewriting& rewriting, std::string_view transfer_syntax_uid, Take take)
    : parts_(std::make_unique<Parts>(rewriting, transfer_syntax_uid, std::move(take))) {}
Rewriter::~Rewriter() = default;

bool Rewriter::feed(std::span<const std::byte> bytes) {
    if (parts_->is_readable) parts_->feed(bytes);
    return parts_->is_readable && parts_->changer.ending() == Ending::done;
}

Ending Rewriter::finish() {
    if (parts_->changer.ending() != Ending::done) return parts_->changer.ending();
    if (!parts_->is_whole()) return Ending::unreadable;
    parts_->changer.finish();
    if (parts_->changer.ending() == Ending::done && parts_->deflater) parts_->deflater->finish();
    return parts_->changer.ending();
}

}  // namespace broker::worker
