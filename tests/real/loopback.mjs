// Loaded before a server that would listen on every interface: it listens on loopback only.
import net from 'node:net';

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...others) {
  const callback = others.find(other => typeof other === 'function');
  return typeof port === 'object' ? listen.call(this, port, ...others)
                                  : listen.call(this, { port, host: '127.0.0.1' }, callback);
};
