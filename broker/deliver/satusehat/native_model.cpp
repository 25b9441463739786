#include "broker/deliver/satusehat/native_model.h"

#include <charconv>

#include "broker/deliver/satusehat/codes.h"
#include "broker/deliver/satusehat/json.h"
#include "broker/deliver/satusehat/text.h"
#include "broker/dicom/utf8.h"

namespace broker::deliver::satusehat {

namespace {

constexpr std::string_view space = " \t\r\n";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

/// The character of an entity's name; "" where it is none.
std::string entity(std::string_view name) {
    if (name == "amp") return "&";
    if (name == "lt") return "<";
    if (name == "gt") return ">";
    if (name == "quot") return "\"";
    if (name == "apos") return "'";
    if (!name.starts_with('#')) return {};
    name.remove_prefix(1);
    const bool is_hex = name.starts_with('x');
    if (is_hex) name.remove_prefix(1);
    std::uint32_t point = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), point, is_hex ? 16 : 10);
    const bool is_whole = error == std::errc{} && end == name.data() + name.size();
    if (!is_whole || point == 0 || point > 0xFFFF || (point >= 0xD800 && point < 0xE000)) return {};
    std::string out;
    dicom::append_code_point(out, point);
    return out;
}

std::string unescaped(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t at = text.find('&');
        out += text.substr(0, at);
        if (at == std::string_view::npos) break;
        text.remove_prefix(at);
        const std::size_t end = text.substr(0, 12).find(';');
        const std::string character = end == std::string_view::npos ? "" : entity(text.substr(1, end - 1));
        out += character.empty() ? std::string_view("&") : std::string_view(character);
        text.remove_prefix(character.empty() ? 1 : end + 1);
    }
    return out;
}

/// What stands between '<' and '>' of an element that begins.
class Opening {
public:
    explicit Opening(std::string_view inside) : inside_(inside) {
        is_empty_ = inside_.ends_with('/');
        if (is_empty_) inside_.remove_suffix(1);
    }
    bool is_empty() const { return is_empty_; }

    /// Without the prefix of a namespace.
    std::string_view name() const {
        std::string_view all = inside_.substr(0, inside_.find_first_of(space));
        if (const std::size_t colon = all.find(':'); colon != std::string_view::npos) all.remove_prefix(colon + 1);
        return all;
    }

    /// The value of an attribute, or "".
    std::string_view attribute(std::string_view wanted) const {
        std::string_view rest = inside_;
        rest.remove_prefix(std::min(rest.find_first_of(space), rest.size()));
        for (;;) {
            rest.remove_prefix(std::min(rest.find_first_not_of(space), rest.size()));
            const std::size_t equals = rest.find('=');
            if (equals == std::string_view::npos) return {};
            const std::string_view key = trimmed(rest.substr(0, equals));
            rest.remove_prefix(equals + 1);
            rest.remove_prefix(std::min(rest.find_first_not_of(space), rest.size()));
            if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) return {};
            const std::size_t end = rest.find(rest.front(), 1);
            if (end == std::string_view::npos) return {};
            if (key == wanted) return rest.substr(1, end - 1);
            rest.remove_prefix(end + 1);
        }
    }

private:
    std::string_view inside_;
    bool is_empty_ = false;
};

class Scan {
public:
    explicit Scan(std::string_view xml) : rest_(xml) {
        if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
    }

    std::optional<NativeModel> run() {
        if (!dicom::is_utf8(rest_)) return std::nullopt;
        while (!rest_.empty())
            if (!step()) return std::nullopt;
        if (!is_closed_) return std::nullopt;
        return std::move(model_);
    }

private:
    struct Element {
        std::string name, tag;
        std::size_t items = 0;  ///< begun so far, of a sequence
        std::string text = {};
    };

    /// Takes the next piece of text or markup. False: it is no such XML.
    bool step() {
        const std::size_t at = std::min(rest_.find('<'), rest_.size());
        if (!take_text(rest_.substr(0, at))) return false;
        rest_.remove_prefix(at);
        if (rest_.empty()) return true;
        if (rest_.starts_with("<!--")) return skip_to("-->");
        if (rest_.starts_with("<?")) return skip_to("?>");
        if (rest_.starts_with("<![CDATA[")) return take_literal();
        if (rest_.starts_with("<!")) return false;  // a DTD
        const std::optional<std::string_view> inside = markup();
        if (!inside) return false;
        return inside->starts_with('/') ? close(trimmed(inside->substr(1))) : open(Opening(*inside));
    }

    /// What stands before the '>' that ends this markup; one in an attribute's value doesn't.
    std::optional<std::string_view> markup() {
        char quote = '\0';
        for (std::size_t i = 1; i < rest_.size(); ++i) {
            const char c = rest_[i];
            if (quote != '\0') {
                if (c == quote) quote = '\0';
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                const std::string_view inside = rest_.substr(1, i - 1);
                rest_.remove_prefix(i + 1);
                return inside;
            }
        }
        return std::nullopt;
    }

    bool take_text(std::string_view text) {
        if (stack_.empty()) return trimmed(text).empty();
        if (stack_.back().name == "Value") stack_.back().text += unescaped(text);
        return true;
    }
    bool take_literal() {
        constexpr std::string_view begin = "<![CDATA[";
        const std::size_t end = rest_.find("]]>");
        if (end == std::string_view::npos || stack_.empty()) return false;
        if (stack_.back().name == "Value") stack_.back().text += rest_.substr(begin.size(), end - begin.size());
        rest_.remove_prefix(end + 3);
        return true;
    }
    bool skip_to(std::string_view mark) {
        const std::size_t at = rest_.find(mark);
        if (at == std::string_view::npos) return false;
        rest_.remove_prefix(at + mark.size());
        return true;
    }

    bool open(const Opening& opening) {
        const std::string name(opening.name());
        if (stack_.empty() ? is_closed_ || name != "NativeDicomModel" : stack_.size() >= native_depth_max) return false;
        Element element{name, {}};
        if (name == "DicomAttribute") {
            element.tag = in_capitals(opening.attribute("tag"));
            if (stack_.size() == 1) model_.top.push_back({element.tag, 0});
        } else if (name == "Item" && !stack_.empty() && stack_.back().name == "DicomAttribute") {
            ++stack_.back().items;
            if (stack_.size() == 2) ++model_.top.back().item;
        }
        stack_.push_back(std::move(element));
        return !opening.is_empty() || close(stack_.back().name);
    }

    bool close(std::string_view name) {
        if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
        if (stack_.empty() || stack_.back().name != name) return false;
        if (name == "Value" && !take_value()) return false;
        stack_.pop_back();
        is_closed_ = stack_.empty();
        return true;
    }

    /// The value on top of the stack, whose element stands right below it.
    bool take_value() {
        if (model_.values.size() >= native_values_max) return false;
        if (stack_.size() < 2 || stack_[stack_.size() - 2].name != "DicomAttribute") return true;
        NativeValue value;
        value.tag = stack_[stack_.size() - 2].tag;
        value.value = std::string(trimmed(stack_.back().text));
        for (std::size_t i = 0; i + 2 < stack_.size(); ++i)
            if (stack_[i].name == "DicomAttribute") value.path.push_back({stack_[i].tag, stack_[i].items});
        model_.values.push_back(std::move(value));
        return true;
    }

    std::string_view rest_;
    std::vector<Element> stack_;
    bool is_closed_ = false;
    NativeModel model_;
};

}  // namespace

std::optional<NativeModel> parse_native_model(std::string_view xml) {
    if (xml.size() > json_bytes_max) return std::nullopt;
    return Scan(xml).run();
}

}  // namespace broker::deliver::satusehat
