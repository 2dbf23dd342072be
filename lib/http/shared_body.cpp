#include <fleetman/core/descriptor.hpp>
#include <fleetman/core/file_writing.hpp>
#include <fleetman/http/shared_body.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <string_view>
#include <utility>

namespace fleetman::http {

namespace {

// From here on a copy costs more than the two further system calls.
constexpr std::size_t file_from_bytes = 65'536;

// Null when there are no descriptors or no memory left: the text will do then.
std::shared_ptr<const int> file_with(std::string_view content)
{
    descriptor file(::memfd_create("fleetman-answer", MFD_CLOEXEC));
    if (!file || !write_all(file, content, "an answer in memory"))
        return nullptr;
    return {new int(file.release()), [](const int* held) {
                ::close(*held);
                delete held;
            }};
}

} // namespace

shared_body::shared_body(std::string content) : size_(content.size())
{
    if (content.size() >= file_from_bytes)
        file_ = file_with(content);
    text_ = file_ ? nullptr : std::make_shared<const std::string>(std::move(content));
}

void shared_body::give_to(response& answer) const
{
    if (file_)
        answer.body = file_body{file_, 0, size_};
    else
        answer.body = text_;
}

} // namespace fleetman::http
