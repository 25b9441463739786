/// Vectors: responses that must not be understood.
///
/// Any thread.
#pragma once

#include <string>
#include <vector>

namespace http_rig {

inline std::vector<std::string> bad_responses() {
    using namespace std::string_literals;
    std::vector<std::string> all;
    // Status lines, each with what would make the rest sound.
    for (const std::string& line : {"HTTP/1.2 200 OK"s,
                                    "HTTP/2.0 200 OK"s,
                                    "HTTP/2 200"s,
                                    "HTTP/0.9 200 OK"s,
                                    "HTTP/1.1  200 OK"s,
                                    "HTTP/1.1\t200 OK"s,
                                    "HTTP/1.1 20 OK"s,
                                    "HTTP/1.1 2000 OK"s,
                                    "HTTP/1.1 2x0 OK"s,
                                    "HTTP/1.1 099 Low"s,
                                    "HTTP/1.1 000 OK"s,
                                    "HTTP/1.1 600 High"s,
                                    "HTTP/1.1 999 High"s,
                                    "HTTP/1.1 -20 OK"s,
                                    "HTTP/1.1 200OK"s,
                                    "HTTP/1.1 200\tOK"s,
                                    "HTTP/1.1 "s,
                                    "HTTP/1.1"s,
                                    "http/1.1 200 OK"s,
                                    "HTTP/1.1 200 O\x01K"s,
                                    "HTTP/1.1 200 O\0K"s,
                                    "HTTP/01.1 200 OK"s,
                                    "HTTP/1.10 200 OK"s,
                                    "HTTP/1.1 101 Switching Protocols"s,
                                    "ICY 200 OK"s,
                                    "SSH-2.0-OpenSSH_9.2"s,
                                    "GET / HTTP/1.1"s,
                                    "220 mail ESMTP"s,
                                    "<html>"s,
                                    " HTTP/1.1 200 OK"s,
                                    ""s,
                                    "\x15\x03\x03"s})
        all.push_back(line + "\r\nContent-Length: 0\r\n\r\n");
    // Fields.
    for (const std::string& field : {"Content-Length: 1\r\nContent-Length: 1"s,
                                     "Content-Length: 0\r\nContent-Length: 1"s,
                                     "Content-Length: 1, 1"s,
                                     "Content-Length: -1"s,
                                     "Content-Length: +1"s,
                                     "Content-Length: 0x1"s,
                                     "Content-Length: 1.0"s,
                                     "Content-Length:"s,
                                     "Content-Length: 1 1"s,
                                     "Content-Length: 9223372036854775808"s,
                                     "Content-Length: 99999999999999999999"s,
                                     "Content-Length: one"s,
                                     "Content-Length : 1"s,
                                     "Content-Length\t: 1"s,
                                     "Content-Length: 1\r\n folded"s,
                                     " Content-Length: 1"s,
                                     "X: y\r\n\tfolded: z"s,
                                     "Content-Length: 1\r\nTransfer-Encoding: chunked"s,
                                     "Transfer-Encoding: chunked\r\nContent-Length: 1"s,
                                     "Transfer-Encoding: gzip"s,
                                     "Transfer-Encoding: gzip, chunked"s,
                                     "Transfer-Encoding: chunked, chunked"s,
                                     "Transfer-Encoding: identity"s,
                                     "Transfer-Encoding:"s,
                                     "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"s,
                                     "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"s,
                                     "Transfer-Encoding: \"chunked\""s,
                                     "Transfer-Encoding: xchunked"s,
                                     "Transfer-Encoding: chunked;q=1"s,
                                     "Transfer-Encoding: gzip\r\nContent-Length: 1"s,
                                     "No colon"s,
                                     "Nocolon"s,
                                     ": no name"s,
                                     "A b: two words"s,
                                     "A\x01: control"s,
                                     "X: bare\rreturn"s,
                                     "X: bare\nfeed"s,
                                     "X: null\0byte"s,
                                     "X: delete\x7f"s,
                                     "\xc3\xa4: not ASCII"s,
                                     "Na(me): bracket"s})
        all.push_back("HTTP/1.1 200 OK\r\n" + field + "\r\n\r\n0\r\n\r\n");
    all.push_back("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    all.push_back("HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\n");
    all.push_back("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n");
    all.push_back("HTTP/1.1 099 Low\r\n\r\n");
    all.push_back("HTTP/1.1 103 Hints\r\nTransfer-Encoding: chunked\r\n\r\n");
    all.push_back("HTTP/1.1 200 OK\nContent-Length: 0\n\n");
    all.push_back("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n");
    all.push_back("HTTP/1.1 200 OK\r\r\nContent-Length: 0\r\n\r\n");
    // Chunks.
    for (const std::string& chunks : {"g\r\n"s,
                                      "\r\n"s,
                                      "-1\r\n"s,
                                      "+1\r\nx\r\n0\r\n\r\n"s,
                                      "0x1\r\nx\r\n0\r\n\r\n"s,
                                      " 1\r\nx\r\n"s,
                                      "1\nx\n0\n\n"s,
                                      "1\r\nx\n0\r\n\r\n"s,
                                      "1\r\nxy\r\n0\r\n\r\n"s,
                                      "1\r\nx0\r\n\r\n"s,
                                      "2\r\nx\r\n0\r\n\r\n"s,
                                      "1\rx\r\n"s,
                                      "1 2\r\nx\r\n"s,
                                      "1;\x01\r\nx\r\n"s,
                                      "1;a\nb\r\nx\r\n"s,
                                      "1,2\r\n"s,
                                      "1x\r\n"s,
                                      "1.0\r\n"s,
                                      "1\r\nx\r\r\n"s,
                                      "10000000000000000\r\n"s,
                                      "0000000000000001\r\nx\r\n"s,
                                      "ffffffffffffffff\r\n"s,
                                      "0\r\nno colon\r\n\r\n"s,
                                      "0\r\nnocolon\r\n\r\n"s,
                                      "0\r\n: no name\r\n\r\n"s,
                                      "0\r\nA b: c\r\n\r\n"s,
                                      "0\r\nX: y\n\r\n"s,
                                      "0\r\n\n"s,
                                      "0\n\r\n"s,
                                      "0\r\nX: \x01\r\n\r\n"s})
        all.push_back("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
    return all;
}

}  // namespace http_rig
