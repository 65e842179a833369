# The first process of a node in namespaces of its own: what it mounts and starts ends with it, and it ends with its standard input.
# In its environment: PLACE, a folder of its own; NODE, GATEWAY and SERVICE, addresses. Its own programs are on the PATH.
set -e
mount --make-rprivate /
mount --bind "$PLACE" "$PLACE"
mount --make-rshared "$PLACE"
mount -t proc proc /proc
for folder in /run /var/log /var/lib; do
  mkdir -p "$PLACE/root$folder"
  mount --bind "$PLACE/root$folder" "$folder"
done

# What a kubelet sets for the whole machine, it finds set.
for setting in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
  file=$PLACE/root/$(echo "${setting%=*}" | tr / .)
  echo "${setting#*=}" >"$file"
  mount --bind "$file" "/proc/sys/${setting%=*}"
done

read -r _ # the link to the machine is there
ip link set lo up
ip address add "$SERVICE/32" dev lo
ip address add "$NODE/30" dev eth0
ip link set eth0 up
ip route add default via "$GATEWAY"
echo 1 >/proc/sys/net/ipv4/ip_forward

start() {
  name=$1
  shift
  "$@" >"$PLACE/log/$name" 2>&1 </dev/null &
}
start etcd etcd --data-dir "$PLACE/etcd" --unsafe-no-fsync
start containerd containerd --config "$PLACE/containerd.toml"
start kube-apiserver kube-apiserver --etcd-servers=http://127.0.0.1:2379 --advertise-address="$NODE" --secure-port=443 \
  --cert-dir="$PLACE/certificates" --token-auth-file="$PLACE/tokens.csv" --authorization-mode=Node,RBAC \
  --service-account-key-file="$PLACE/accounts.pem" --service-account-signing-key-file="$PLACE/accounts.pem" \
  --service-account-issuer=https://kubernetes.default.svc --service-cluster-ip-range="${SERVICE%.*}.0/24" \
  --kubelet-preferred-address-types=InternalIP

read -r _ # the API answers
start kube-controller-manager kube-controller-manager --kubeconfig="$PLACE/kubeconfig" --leader-elect=false \
  --service-account-private-key-file="$PLACE/accounts.pem" --root-ca-file="$PLACE/certificates/apiserver.crt" \
  --use-service-account-credentials --cert-dir="$PLACE/certificates"
start kube-scheduler kube-scheduler --kubeconfig="$PLACE/kubeconfig" --leader-elect=false --cert-dir="$PLACE/certificates"
start kubelet kubelet --config="$PLACE/kubelet.yaml" --kubeconfig="$PLACE/kubeconfig" --root-dir="$PLACE/kubelet" \
  --cert-dir="$PLACE/certificates" --hostname-override=node --node-ip="$NODE"

cat >/dev/null
