/// Code extensions: the character sets that DICOM knows by number and by escape sequence (PS3.3 C.12.1.1.2).
///
/// Constants and pure functions; any thread. Internal to the two that read and write text.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace broker::dicom {

/// How the bytes of one code element become characters.
struct Code {
    const char* iconv_name = nullptr;  ///< null: by hand, as `kind` says
    enum class Kind {
        ascii,
        latin_1,
        katakana,
        single,
        two_bytes,
        two_bytes_low,
        two_bytes_low_supplement
    } kind = Kind::ascii;
};

inline constexpr Code ascii{nullptr, Code::Kind::ascii};
inline constexpr Code latin_1{nullptr, Code::Kind::latin_1};
inline constexpr Code katakana{nullptr, Code::Kind::katakana};
inline constexpr Code jis_x_0208{"EUC-JP", Code::Kind::two_bytes_low};
inline constexpr Code jis_x_0212{"EUC-JP", Code::Kind::two_bytes_low_supplement};

struct Escape {
    std::string_view sequence;  ///< behind ESC
    bool is_g1;
    Code code;
};

// PS3.3 tables C.12-3 and C.12-4.
inline constexpr std::array escapes{
    Escape{"(B", false, ascii},
    Escape{"(J", false, ascii},  // JIS X 0201 romaji: differs in two signs, of which one is the backslash
    Escape{"$B", false, jis_x_0208},
    Escape{"$@", false, jis_x_0208},
    Escape{"$(D", false, jis_x_0212},
    Escape{")I", true, katakana},
    Escape{"$)C", true, {"EUC-KR", Code::Kind::two_bytes}},
    Escape{"$)A", true, {"EUC-CN", Code::Kind::two_bytes}},
    Escape{"-A", true, latin_1},
    Escape{"-B", true, {"ISO-8859-2", Code::Kind::single}},
    Escape{"-C", true, {"ISO-8859-3", Code::Kind::single}},
    Escape{"-D", true, {"ISO-8859-4", Code::Kind::single}},
    Escape{"-L", true, {"ISO-8859-5", Code::Kind::single}},
    Escape{"-G", true, {"ISO-8859-6", Code::Kind::single}},
    Escape{"-F", true, {"ISO-8859-7", Code::Kind::single}},
    Escape{"-H", true, {"ISO-8859-8", Code::Kind::single}},
    Escape{"-M", true, {"ISO-8859-9", Code::Kind::single}},
    Escape{"-b", true, {"ISO-8859-15", Code::Kind::single}},
    Escape{"-T", true, {"TIS-620", Code::Kind::single}},
};

/// The number of an ISO registration, and the escape that names the same G1 set.
struct Registration {
    std::string_view number;
    std::string_view escape;
};

inline constexpr std::array registrations{
    Registration{"100", "-A"},  Registration{"101", "-B"}, Registration{"109", "-C"}, Registration{"110", "-D"},
    Registration{"144", "-L"},  Registration{"127", "-G"}, Registration{"126", "-F"}, Registration{"138", "-H"},
    Registration{"148", "-M"},  Registration{"203", "-b"}, Registration{"166", "-T"}, Registration{"13", ")I"},
    Registration{"149", "$)C"}, Registration{"58", "$)A"}};

/// Null where no sequence of ours stands behind the ESC.
const Escape* find_escape(std::string_view behind_esc);

/// "ISO-IR_100" and "iso 2022 ir 100 " become "ISO IR 100" and "ISO 2022 IR 100".
std::string tidied(std::string_view term);
/// Of a tidied term, or "".
std::string_view registration_number(std::string_view tidy);

enum class Encoding { iso_2022, utf_8, gb_18030, unknown };
/// How the text of a data set with these values of (0008,0005) is encoded; none, or a term that isn't known: unknown.
Encoding encoding_of(std::span<const std::string> terms);
/// What stands in G1 from the beginning: of a first term without a set of its own, Latin-1.
Code first_g1_of(std::span<const std::string> terms);

}  // namespace broker::dicom
