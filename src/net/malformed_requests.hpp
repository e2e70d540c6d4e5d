#pragma once

// Requests that must be refused, and with what. Used on the reader and on real connections.

#include <string>
#include <vector>

namespace weir::net::test {

struct MalformedRequest {
  const char* why;
  std::string bytes;
  int status;
};

inline std::vector<MalformedRequest> malformed_requests() {
  const auto get = [](const std::string& fields) {
    return "GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
  };
  const auto post = [](const std::string& fields, const std::string& body = {}) {
    return "POST /echo HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
  };
  const auto chunked = [&](const std::string& body) {
    return post("Transfer-Encoding: chunked\r\n", body);
  };
  const std::string nul(1, '\0');
  return {
      {"no version", "GET /\r\nHost: h\r\n\r\n", 400},
      {"empty target", "GET  HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"two spaces before the version", "GET /  HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"space in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"space after the version", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", 400},
      {"space before the method", " GET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"tab between", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"method not a token", "GE(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"method far too long", std::string(100, 'A') + " / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"fragment in the target", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"target not ASCII", "GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"NUL in the target", "GET /" + nul + " HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"DEL in the target", "GET /\x7f HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"target without slash", "GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"asterisk for GET", "GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"another scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"absolute-form without host", "GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"user information in the target", "GET http://u@h/ HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"a tunnel", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 405},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
      {"HTTP/9.9", "GET / HTTP/9.9\r\nHost: h\r\n\r\n", 505},
      {"HTTP/2 preface that is none", "PRI * HTTP/2.0\r\n\r\nXM\r\n\r\n", 505},
      {"version in small letters", "GET / http/1.1\r\nHost: h\r\n\r\n", 400},
      {"version with two digits", "GET / HTTP/1.10\r\nHost: h\r\n\r\n", 400},
      {"version garbage", "GET / HTTX/1.1\r\nHost: h\r\n\r\n", 400},
      {"TLS ClientHello", "\x16\x03\x01\x02" + nul + "\x01" + nul + "\x01\xfc\x03\x03", 400},
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n", 400},
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: h\n\r\n", 400},
      {"bare LF at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n", 400},
      {"bare CR in a value", get("A: b\rc\r\n"), 400},
      {"bare CR in the request line", "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"bare LF before the request", "\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"many empty lines before it", "\r\n\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
       400},
      {"folded line", get("A: b\r\n c\r\n"), 400},
      {"folded first line", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
      {"space before the colon", get("A : b\r\n"), 400},
      {"no colon", get("A\r\n"), 400},
      {"no name", get(": b\r\n"), 400},
      {"name not a token", get("A{: b\r\n"), 400},
      {"name not ASCII", get("\xc3\xa4: b\r\n"), 400},
      {"NUL in a value", get("A: b" + nul + "\r\n"), 400},
      {"control character in a value", get("A: b\x01\r\n"), 400},
      {"DEL in a value", get("A: \x7f\r\n"), 400},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400},
      {"empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: h/x\r\n\r\n", 400},
      {"Host with a user", "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400},
      {"Host with a bad port", "GET / HTTP/1.1\r\nHost: h:8x\r\n\r\n", 400},
      {"Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
      {"bad Host in 1.0", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400},
      {"both lengths", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       400},
      {"both lengths, turned",
       post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"), 400},
      {"differing lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abcd"), 400},
      {"length list", post("Content-Length: 5, 5\r\n", "abcde"), 400},
      {"length with plus", post("Content-Length: +5\r\n", "abcde"), 400},
      {"length with minus", post("Content-Length: -5\r\n", "abcde"), 400},
      {"length with space", post("Content-Length: 5 5\r\n", "abcde"), 400},
      {"length in hex", post("Content-Length: 0x5\r\n", "abcde"), 400},
      {"length empty", post("Content-Length:\r\n"), 400},
      {"length overflow", post("Content-Length: 99999999999999999999\r\n"), 400},
      {"length just over 64 bits", post("Content-Length: 18446744073709551616\r\n"), 400},
      {"chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked in two fields",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
      {"chunked first", post("Transfer-Encoding: chunked, gzip\r\n", "0\r\n\r\n"), 400},
      {"coding xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 501},
      {"coding gzip", post("Transfer-Encoding: gzip\r\n", "x"), 501},
      {"coding identity", post("Transfer-Encoding: identity\r\n", "x"), 501},
      {"coding with vertical tab",
       post("Transfer-Encoding: \x0b"
            "chunked\r\n",
            "0\r\n\r\n"),
       400},
      {"coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"unknown expectation", post("Content-Length: 1\r\nExpect: wonders\r\n", "x"), 417},
      {"chunk size not hex", chunked("g\r\n"), 400},
      {"chunk size empty", chunked("\r\n"), 400},
      {"chunk size negative", chunked("-1\r\n"), 400},
      {"chunk size with 0x", chunked("0x5\r\nabcde\r\n0\r\n\r\n"), 400},
      {"chunk size with space", chunked("5 \r\nabcde\r\n0\r\n\r\n"), 400},
      {"chunk size overflow", chunked("fffffffffffffffff\r\n"), 400},
      {"chunk ended by LF", chunked("5\nabcde\r\n0\r\n\r\n"), 400},
      {"chunk longer than said", chunked("5\r\nabcdef\r\n0\r\n\r\n"), 400},
      {"chunk data ended by LF", chunked("5\r\nabcde\n0\r\n\r\n"), 400},
      {"last chunk ended by LF", chunked("0\n\n"), 400},
      {"chunk extension with LF", chunked("5;a\nb\r\nabcde\r\n0\r\n\r\n"), 400},
      {"chunk extension endless", chunked("5;" + std::string(5000, 'a')), 400},
      {"chunk extension not valid", chunked("5;=\r\nabcde\r\n0\r\n\r\n"), 400},
      {"trailer not a field", chunked("0\r\nnonsense\r\n\r\n"), 400},
      {"trailer folded", chunked("0\r\nA: b\r\n c\r\n\r\n"), 400},
      {"target too long", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n", 414},
      {"request line endless", "GET /" + std::string(20000, 'a'), 414},
      {"head too large", get("A: " + std::string(40000, 'a') + "\r\n"), 431},
      {"head endless", "GET / HTTP/1.1\r\nA: " + std::string(40000, 'a'), 431},
      {"too many fields",
       [&] {
         std::string fields;
         for (int i = 0; i < 120; ++i) fields += "A: b\r\n";
         return get(fields);
       }(),
       431},
  };
}

}  // namespace weir::net::test
