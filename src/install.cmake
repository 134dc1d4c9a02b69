# SPDX-License-Identifier: BSD-3-Clause
# What `cmake --install` puts where: the server, and the sample configuration. The link redis-server, for programs that
# start it by that name, is a component that is installed by itself (--component redis_link), or with the rest when
# AERIE_INSTALL_REDIS_LINK is on: a machine may have a redis-server of its own, which must not be replaced unasked.
include(GNUInstallDirs)
install(TARGETS aerie-server RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES docs/aerie.conf DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(aerie_link_with_the_rest EXCLUDE_FROM_ALL)
if(AERIE_INSTALL_REDIS_LINK)
  set(aerie_link_with_the_rest)
endif()
install(CODE "
  set(link \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/redis-server\")
  message(STATUS \"Installing: \${link}\")
  file(CREATE_LINK aerie-server \"\${link}\" SYMBOLIC)"
  COMPONENT redis_link ${aerie_link_with_the_rest})
