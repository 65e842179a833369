"""The network that knows which letter comes next, and names as it reads them: bytes, each name between two line ends."""
import torch

end = ord('\n')
longest = 40


class Letters(torch.nn.Module):
    def __init__(self, width):
        super().__init__()
        self.width = width
        self.embedding = torch.nn.Embedding(256, 32)
        self.recurrent = torch.nn.GRU(32, width, batch_first=True)
        self.out = torch.nn.Linear(width, 256)

    def forward(self, letters, state=None):
        hidden, state = self.recurrent(self.embedding(letters), state)
        return self.out(hidden), state


def encode(names):
    """A row a name, filled up with line ends."""
    rows = [[end, *name.encode()[:longest], end] for name in names]
    width = max(map(len, rows))
    return torch.tensor([row + [end] * (width - len(row)) for row in rows])


def loss(model, rows):
    """Mean over the letters that are names', the first line end after each among them."""
    scores, _ = model(rows[:, :-1])
    wanted = rows[:, 1:]
    each = torch.nn.functional.cross_entropy(scores.transpose(1, 2), wanted, reduction='none')
    over = (wanted == end).cumsum(1) - (wanted == end).long() > 0
    return each[~over].mean()


@torch.inference_mode()
def letters_after(model, start, temperature, chance):
    """What follows the start of a name, a byte at a time."""
    scores, state = model(torch.tensor([[end, *start.encode()]]))
    for _ in range(longest - len(start.encode())):
        likely = torch.softmax(scores[0, -1] / temperature, 0)
        letter = int(torch.multinomial(likely, 1, generator=chance))
        if letter == end:
            return
        yield letter
        scores, state = model(torch.tensor([[letter]]), state)
