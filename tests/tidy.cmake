# Tidy: fails on an include that points the wrong way and on the other habits that a machine can see.
#
#   cmake -DROOT=<source folder> -P tests/tidy.cmake
#
# Lists every offence as file:line with its reason. A rule is one `offences(…)` below; tidy_catches_offences.cmake has a
# tree with one offence for each, so a new rule comes with a new offence there.
cmake_minimum_required(VERSION 3.25)
if(NOT IS_DIRECTORY "${ROOT}")
  message(FATAL_ERROR "give -DROOT=<source folder>")
endif()

set_property(GLOBAL PROPERTY report "")
set_property(GLOBAL PROPERTY offence_count 0)

# The files of a pattern below ROOT, as relative names. Only the project's own folders: never a build folder in the tree.
function(files_of result)
  set(found "")
  foreach(pattern ${ARGN})
    file(GLOB_RECURSE some RELATIVE "${ROOT}" LIST_DIRECTORIES false "${ROOT}/${pattern}")
    list(APPEND found ${some})
  endforeach()
  list(FILTER found EXCLUDE REGEX "__pycache__")
  list(REMOVE_DUPLICATES found)
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

# Every line of FILES that matches FORBIDDEN and does not match ALLOWED (both see "file:line:text") is an offence.
function(offences reason)
  cmake_parse_arguments(rule "" "FORBIDDEN;ALLOWED" "FILES" ${ARGN})
  if(NOT rule_FILES)
    return()
  endif()
  if(NOT rule_ALLOWED)
    set(rule_ALLOWED "^$")
  endif()
  execute_process(
    COMMAND grep -nHE -e "${rule_FORBIDDEN}" -- ${rule_FILES}
    COMMAND grep -vE -e "${rule_ALLOWED}"
    WORKING_DIRECTORY "${ROOT}" OUTPUT_VARIABLE lines ERROR_VARIABLE trouble RESULTS_VARIABLE results)
  # 0: found, 1: nothing found; anything else: the rule itself is broken, which must not look like tidiness.
  if(NOT trouble STREQUAL "" OR NOT "${results}" MATCHES "^[01];[01]$")
    message(FATAL_ERROR "the rule \"${reason}\" cannot be checked: ${results} ${trouble}")
  endif()
  add_to_report("${reason}" "${lines}")
endfunction()

function(add_to_report reason lines)
  if(lines STREQUAL "")
    return()
  endif()
  string(REGEX MATCHALL "\n" ends "${lines}")
  list(LENGTH ends count)
  get_property(total GLOBAL PROPERTY offence_count)
  math(EXPR total "${total} + ${count}")
  set_property(GLOBAL PROPERTY offence_count ${total})
  string(REGEX REPLACE "\n$" "" lines "\n${lines}")
  string(REPLACE "\n" "\n    " lines "${lines}")
  set_property(GLOBAL APPEND_STRING PROPERTY report "  ${reason}:${lines}\n")
endfunction()

# What the folders may include.

set(include [=[^[[:space:]]*#[[:space:]]*include]=])
# The part of an allowed line before the name, and headers of the language: <vector>, <cstdint>.
set(allowed [=[^[^:]+:[0-9]+:[[:space:]]*#[[:space:]]*include[[:space:]]*]=])
set(language [=[<[a-z_]+>]=])
set(posix [=[<(arpa|linux|net|netinet|sys)/|<(dirent|errno|fcntl|grp|iconv|ifaddrs|netdb|poll|pwd|sched|signal|spawn|termios|unistd)\.h>]=])
set(logging [=[<(spdlog|fmt)/]=])

files_of(spool_files "spool/*.cpp" "spool/*.h")
offences("spool includes spool, OpenSSL, POSIX and the language only" FILES ${spool_files}
  FORBIDDEN "${include}" ALLOWED "${allowed}(\"spool/|<openssl/|${posix}|${language})")

files_of(outbox_files "outbox/*.cpp" "outbox/*.h")
offences("outbox includes outbox, SQLite, OpenSSL and the language only" FILES ${outbox_files}
  FORBIDDEN "${include}" ALLOWED "${allowed}(\"outbox/|<openssl/|<sqlite3\\.h>|${posix}|${language})")

files_of(measure_files "outbox/measure/*.cpp" "outbox/measure/*.h")
offences("outbox/measure includes itself and the language only" FILES ${measure_files}
  FORBIDDEN "${include}" ALLOWED "${allowed}(\"outbox/measure/|${language})")

files_of(web_files "web/*.cpp" "web/*.h")
offences("web includes web, spool, outbox, Boost, OpenSSL, simdjson and spdlog/fmt only; never broker" FILES ${web_files}
  FORBIDDEN "${include}"
  ALLOWED "${allowed}(\"(web|spool|outbox)/|<boost/|<openssl/|<simdjson\\.h>|${logging}|${posix}|${language})")

files_of(broker_files "broker/*.cpp" "broker/*.h")
set(broker_libraries [=[<(boost|openssl|dcmtk|re2|toml\+\+|CLI)/|<(simdjson|zlib|jpeglib|turbojpeg|openjpeg)\.h>|<openjpeg-]=])
set(broker_allowed "${logging}|${broker_libraries}|${posix}|${language}")
set(main_files ${broker_files})
list(FILTER main_files INCLUDE REGEX "^broker/(main/|main\\.cpp$|demo\\.cpp$)")
list(FILTER broker_files EXCLUDE REGEX "^broker/(main/|main\\.cpp$|demo\\.cpp$)")
# libcurl, the library that mails go by, is wrapped once.
offences("broker includes broker, spool, outbox and its libraries only; web and broker meet in main" FILES ${broker_files}
  FORBIDDEN "${include}"
  ALLOWED "${allowed}(\"(broker|spool|outbox)/|${broker_allowed})|^broker/alarm/mail\\.cpp:[0-9]+:#include <curl/")
set(http_files ${broker_files})
list(FILTER http_files INCLUDE REGEX "^broker/http/")
offences("broker/http knows no DICOM but its TLS, no outbox, no spool and no HTTP library" FILES ${http_files}
  FORBIDDEN "${include}" ALLOWED "${allowed}(\"broker/(http/|dicom/(tls|tls_fault|descriptor)\\.h\")|${posix}|${language})")
offences("main includes the four folders and their libraries only" FILES ${main_files}
  FORBIDDEN "${include}" ALLOWED "${allowed}(\"(broker|spool|outbox|web)/|${broker_allowed})")

files_of(cpp_files "spool/*.cpp" "outbox/*.cpp" "web/*.cpp" "broker/*.cpp" "tests/*.cpp")
files_of(headers "spool/*.h" "outbox/*.h" "web/*.h" "broker/*.h" "tests/*.h")
offences("DCMTK is included from .cpp files and dcmtk_*.h only" FILES ${headers}
  FORBIDDEN "${include}[[:space:]]*[<\"]dcmtk/" ALLOWED [=[^([^:]*/)?dcmtk_[^/:]*:]=])
offences("OpenJPEG is included by the helper process only" FILES ${broker_files}
  FORBIDDEN "${include}[[:space:]]*<openjpeg" ALLOWED "^broker/worker/")
offences("Beast is included from .cpp files only" FILES ${headers} FORBIDDEN "${include}[[:space:]]*[<\"]boost/beast")
offences("SQLite is included from .cpp files only" FILES ${headers} FORBIDDEN "${include}[[:space:]]*[<\"]sqlite3\\.h")

# What code may do.

set(comment [=[^[^:]+:[0-9]+:[[:space:]]*//]=])
set(library_files ${spool_files} ${outbox_files})
offences("spool and outbox read no clock: time is an argument" FILES ${library_files} ALLOWED "${comment}"
  FORBIDDEN [=[_clock::now|(^|[^_.>[:alnum:]])time\(|clock_gettime|gettimeofday]=])
offences("spool and outbox don't log" FILES ${library_files} ALLOWED "${comment}"
  FORBIDDEN [=[spdlog|std::(cout|cerr|clog)|[^n]printf\(|syslog\(]=])
offences("spool and outbox start no thread" FILES ${library_files} ALLOWED "${comment}"
  FORBIDDEN [=[std::(jthread|thread|async)|pthread_create]=])
files_of(product_files "spool/*.cpp" "spool/*.h" "outbox/*.cpp" "outbox/*.h" "web/*.cpp" "web/*.h" "broker/*.cpp" "broker/*.h")
offences("only broker/clock asks the system what time it is" FILES ${product_files}
  ALLOWED "${comment}|^broker/clock\\."
  FORBIDDEN [=[(system|utc|tai|high_resolution)_clock::now|std::time\(|(^|[^_.>:[:alnum:]])time\((nullptr|NULL|0|&)|gettimeofday\(|CLOCK_REALTIME]=])

# What pages may do.

files_of(page_files "web/pages/*.js" "web/pages/*.html")
offences("no page makes markup or code out of data: elements are made, and texts are text" FILES ${page_files}
  FORBIDDEN [=[innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|srcdoc|[^[:alnum:]_.]eval\(|new Function|javascript:|setAttribute\("on]=])
offences("what a page says has no style of its own: the policy would refuse it" FILES ${page_files}
  FORBIDDEN [=[ style=|<style|setAttribute\("style|cssText]=])

# What tests may do.

files_of(test_code "tests/*.cpp" "tests/*.h" "tests/*.py" "tests/*.sh")
offences("tests don't sleep, they wait for a condition (mark the pause of such a wait with: between looks)" FILES ${test_code}
  ALLOWED "${comment}|(//|#) between looks"
  FORBIDDEN [=[(^|[^_[:alnum:]])u?(nano)?sleep(_for|_until)?\(|^[[:space:]]*sleep [0-9.$]]=])
offences("no test is skipped or allowed to fail" FILES ${test_code} ALLOWED "${comment}"
  FORBIDDEN [=[doctest::(skip|may_fail|should_fail|expected_failures)]=])

# What holds for every file.

files_of(code_files "spool/*" "outbox/*" "web/*" "broker/*" "migrations/*" "tests/*" "packaging/*" ".ci/*")
file(GLOB top_files RELATIVE "${ROOT}" LIST_DIRECTORIES false "${ROOT}/*.md" "${ROOT}/CMakeLists.txt")
offences("no path of one machine" FILES ${code_files} ${top_files}
  FORBIDDEN [=[(^|[^[:alnum:]_.~}-])/(work|root|home)/]=])
offences("what is left to do is not written into the code" FILES ${code_files} FORBIDDEN "TOD[O]|FIXM[E]")

# A .cpp beside its header has its sentence there, and begins by including it.
set(commented_files ${code_files})
list(FILTER commented_files INCLUDE REGEX "\\.(cpp|h|py|sh|cmake)$")
set(uncommented "")
foreach(file IN LISTS commented_files)
  file(READ "${ROOT}/${file}" begin LIMIT 200)
  string(REGEX REPLACE "\\.cpp$" ".h" own_header "${file}")
  if(NOT file MATCHES "\\.(cpp|h)$")
    set(expected "^(#|\"\"\")")
  elseif(file MATCHES "\\.cpp$" AND EXISTS "${ROOT}/${own_header}")
    set(expected "^(//|#include \"${own_header}\")")
  else()
    set(expected "^//")
  endif()
  if(NOT begin MATCHES "${expected}")
    string(APPEND uncommented "${file}:1:\n")
  endif()
endforeach()
add_to_report("a file begins with the comment that says what it is" "${uncommented}")

get_property(offence_count GLOBAL PROPERTY offence_count)
get_property(report GLOBAL PROPERTY report)
if(offence_count GREATER 0)
  message("${report}")
  message(FATAL_ERROR "${offence_count} offences")
endif()
list(LENGTH code_files file_count)
message("tidy: ${file_count} files, no offence")
