// Asio's compiled half; see cmake/FleetmanDependencies.cmake.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
