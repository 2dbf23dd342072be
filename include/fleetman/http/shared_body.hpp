#pragma once

#include <fleetman/http/message.hpp>

#include <cstddef>
#include <memory>
#include <string>

// A body that many answers share and none copies: a short one is text in memory, a long one a file in memory, which
// sendfile(2) hands to the network as it is.

namespace fleetman::http {

class shared_body
{
public:
    shared_body() = default;
    explicit shared_body(std::string content);

    std::size_t size() const noexcept { return size_; }
    // An answer's body; of any number of answers, also after this object.
    void give_to(response& answer) const;

private:
    std::size_t size_ = 0;
    std::shared_ptr<const std::string> text_ = std::make_shared<const std::string>(); // null: in the file
    std::shared_ptr<const int> file_;
};

} // namespace fleetman::http
